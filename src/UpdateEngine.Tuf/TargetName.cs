using System.Security.Cryptography;
using System.Text;

namespace UpdateEngine.Tuf;

/// <summary>
/// The name of a target, which may become part of a URL and of a path on the disk, and therefore is never absolute, never climbs, and
/// holds nothing that a shell, a terminal or another system's path rules would read differently.
/// </summary>
public sealed record TargetName
{
    private const int MaxLength = 1024;

    /// <exception cref="MetadataMalformedException">The name is empty, too long, absolute, or holds "..", ".", "//", a backslash or a control character.</exception>
    public TargetName(string value)
    {
        if (WhatIsWrongWith(value) is { } reason)
        {
            throw new MetadataMalformedException("The target name", reason);
        }

        Value = value;
    }

    public string Value { get; }

    /// <summary>The last segment.</summary>
    public string FileName => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>
    /// The whole name as that of one file, in whatever directory: percent-encoded but for letters, digits, '-', '_', '~' and '.'; and a dot
    /// at its beginning too, because such names belong to others (unfinished downloads among them). Names that differ stay different.
    /// </summary>
    public string ToFileName()
    {
        var encoded = Uri.EscapeDataString(Value);
        return encoded.StartsWith('.') ? "%2E" + encoded[1..] : encoded;
    }

    /// <summary>The SHA-256 of the name: what delegations by digest are about.</summary>
    internal byte[] Digest() => SHA256.HashData(Encoding.UTF8.GetBytes(Value));

    /// <summary>The relative URL path, with every segment percent-encoded and <paramref name="prefix"/> before the last one.</summary>
    public string ToUrlPath(string prefix)
    {
        var segments = Value.Split('/');
        segments[^1] = prefix + segments[^1];
        return string.Join('/', segments.Select(Uri.EscapeDataString));
    }

    public override string ToString() => Value;

    private static string? WhatIsWrongWith(string value)
    {
        if (value.Length is 0 or > MaxLength)
        {
            return $"it must have 1 to {MaxLength} characters.";
        }

        foreach (var c in value)
        {
            if (char.IsControl(c) || c == '\\')
            {
                return "it holds a backslash or a control character.";
            }
        }

        if (!IsWellFormed(value))
        {
            return "it is not valid Unicode.";
        }

        foreach (var segment in value.AsSpan().Split('/'))
        {
            if (value.AsSpan(segment) is "" or "." or "..")
            {
                return $"'{value}' is absolute, or has an empty segment, '.' or '..'.";
            }
        }

        return null;
    }

    private static bool IsWellFormed(string value) =>
        Ascii.IsValid(value) || value.EnumerateRunes().All(r => r.Value != 0xFFFD);
}
