using System.Text;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>
/// Names a key in a token by its attributes (RFC 7512): <c>pkcs11:token=publisher;object=root?module-path=/usr/lib/…so&amp;pin-source=file:/…</c>.
/// Attributes that would narrow the choice but are not known here are refused: leaving them out could choose another key.
/// </summary>
internal sealed class TokenUri
{
    public const string Scheme = "pkcs11:";

    private static readonly string[] s_known =
    [
        "token",
        "manufacturer",
        "model",
        "serial",
        "object",
        "id",
        "type",
        "slot-id",
        "module-path",
        "pin-source",
        "pin-value",
    ];

    private readonly Dictionary<string, byte[]> _parts;

    private TokenUri(string name, Dictionary<string, byte[]> parts) => (Name, _parts) = (name, parts);

    /// <summary>For messages; never holds the PIN.</summary>
    public string Name { get; }

    public string Module => Text("module-path") ?? throw Invalid(Name, "it has no module-path");
    public string? Token => Text("token");
    public string? Manufacturer => Text("manufacturer");
    public string? Model => Text("model");
    public string? Serial => Text("serial");
    public string? SlotId => Text("slot-id");
    public byte[]? Label => _parts.GetValueOrDefault("object");
    public byte[]? Id => _parts.GetValueOrDefault("id");
    public string? PinSource => Text("pin-source");
    public string? PinValue => Text("pin-value");

    /// <param name="text">From the scheme on.</param>
    /// <param name="name">For messages, where the text itself must not be shown; null for the text.</param>
    /// <param name="mayHoldPin">False for what stands on a command line, which every user of the machine can read.</param>
    public static TokenUri Parse(string text, string? name = null, bool mayHoldPin = false)
    {
        var parts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        // Before anything of it gets into a message.
        if (!mayHoldPin && text.Contains("pin-value", StringComparison.OrdinalIgnoreCase))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                "A PIN must not stand on the command line, where other users can read it.",
                "Use pin-source=file:PATH, the environment variable REPO_TOOLS_PIN, or put the whole URI into a variable and give env:NAME."
            );
        }

        var shown = name ?? text;
        foreach (var part in text[Scheme.Length..].Split(';', '?', '&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals > 0 ? part[..equals] : part;
            if (equals <= 0 || !s_known.Contains(key, StringComparer.Ordinal))
            {
                throw Invalid(shown, $"\"{key}\" is no attribute that is known here");
            }

            if (!parts.TryAdd(key, Decode(part[(equals + 1)..])))
            {
                throw Invalid(shown, $"it has {key} twice");
            }
        }

        var uri = new TokenUri(shown, parts);
        uri.RequireKey();
        return uri;
    }

    private void RequireKey()
    {
        _ = Module;
        if (Label is null && Id is null)
        {
            throw Invalid(Name, "it names no key: it has neither object nor id");
        }

        if (Text("type") is not (null or "private" or "public"))
        {
            throw Invalid(Name, "its type is no key");
        }
    }

    private string? Text(string key) => _parts.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    // An id is bytes, not text: %00 to %ff stand for themselves.
    private static byte[] Decode(string value)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < value.Length; i++)
        {
            if (
                value[i] == '%'
                && i + 2 < value.Length
                && char.IsAsciiHexDigit(value[i + 1])
                && char.IsAsciiHexDigit(value[i + 2])
            )
            {
                bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([value[i]]));
            }
        }

        return [.. bytes];
    }

    private static UpdateException Invalid(string name, string why) =>
        new(
            ErrorCodes.Usage,
            $"{name} names no key in a token: {why}.",
            "Write \"pkcs11:token=LABEL;object=LABEL?module-path=/path/to/module.so\"."
        );
}
