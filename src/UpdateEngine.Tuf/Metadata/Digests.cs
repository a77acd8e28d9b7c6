using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The digests that metadata lists for a file: all that are known here must match, and at least one must be known.</summary>
public sealed class Digests
{
    private static readonly SearchValues<byte> s_hexadecimal = SearchValues.Create("0123456789abcdefABCDEF"u8);

    // In an error.
    private const int MostNamed = 5;

    private readonly List<KeyValuePair<string, string>> _values = new(capacity: 1);

    /// <summary>Algorithm to lower-case hexadecimal, unknown algorithms included.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        new Dictionary<string, string>(_values, StringComparer.Ordinal);

    /// <summary>Those that this client computes: sha256 before sha512.</summary>
    internal IEnumerable<(string Name, HashAlgorithmName Algorithm, string Value)> Usable
    {
        get
        {
            if (ValueOf("sha256") is { } sha256)
            {
                yield return ("sha256", HashAlgorithmName.SHA256, sha256);
            }

            if (ValueOf("sha512") is { } sha512)
            {
                yield return ("sha512", HashAlgorithmName.SHA512, sha512);
            }
        }
    }

    /// <exception cref="LengthOrDigestMismatchException">A digest differs.</exception>
    /// <exception cref="MetadataMalformedException">No listed algorithm is known.</exception>
    internal void Verify(string subject, ReadOnlySpan<byte> bytes)
    {
        RequireUsable(subject);
        foreach (var (name, algorithm, value) in Usable)
        {
            Compare(subject, name, value, CryptographicOperations.HashData(algorithm, bytes));
        }
    }

    internal void RequireUsable(string subject)
    {
        if (!Usable.Any())
        {
            var names = string.Join(", ", _values.Select(digest => digest.Key).Take(MostNamed));
            throw new MetadataMalformedException(subject, $"none of its digests ({names}) can be computed here.");
        }
    }

    internal static void Compare(string subject, string name, string expected, ReadOnlySpan<byte> actual)
    {
        var text = Convert.ToHexStringLower(actual);
        if (!string.Equals(expected, text, StringComparison.Ordinal))
        {
            throw new LengthOrDigestMismatchException(subject, name, expected, text);
        }
    }

    /// <summary>Refuses what is no list of digests. There may be a hundred thousand: nothing is made of them.</summary>
    internal static void Check(ref FieldReader json)
    {
        var isEmpty = true;
        json.ReadObject("'hashes'");
        while (json.NextField(out var name))
        {
            isEmpty = false;
            var value = json.ReadUtf8("a digest");
            var length = LengthOf(name);
            if (length is not null && (value.Length != length || value.ContainsAnyExcept(s_hexadecimal)))
            {
                throw new JsonException($"the digest '{name}' must be {length} hexadecimal digits.");
            }
        }

        if (isEmpty)
        {
            throw new JsonException("'hashes' must not be empty.");
        }
    }

    internal static Digests Read(ref FieldReader json)
    {
        var ahead = json;
        Check(ref ahead);
        var digests = new Digests();
        json.ReadObject("'hashes'");
        while (json.NextField(out var name))
        {
            digests._values.Add(KeyValuePair.Create(name, json.ReadString("a digest").ToLowerInvariant()));
        }

        return digests;
    }

    private string? ValueOf(string name) => _values.Find(digest => digest.Key == name).Value;

    private static int? LengthOf(string name) =>
        name switch
        {
            "sha256" => 64,
            "sha512" => 128,
            _ => null,
        };
}
