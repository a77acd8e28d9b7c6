using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Tests.Samples;

/// <summary>The files of <see cref="OwnTraitsTests"/>, unversioned but for roots, as servers without consistent snapshots have them.</summary>
internal sealed class TraitRepository
{
    private const string Ecdsa = "ecdsa";
    private const string P256 = "ecdsa-sha2-nistp256";
    private const string Pss = "rsassa-pss-sha256";

    // Fixed, so that the bytes of keys and of RSA signatures are the same in every run. They protect nothing.
    private static readonly byte[] s_modulus = Convert.FromHexString(TraitKeys.Modulus);
    private readonly ECDsa[] _ec = [.. Enumerable.Range(1, 4).Select(NewEcKey)];

    public TraitRepository()
    {
        AddRoot(1, P256, hexadecimal: true, "2020-12-18T13:28:12.99008-06:00");
        AddRoot(2, P256, hexadecimal: true, "2031-05-11T19:09:02.663975009Z");
        AddRoot(3, P256, hexadecimal: false, "2031-04-18T18:13:43Z");
        AddRoot(4, Ecdsa, hexadecimal: false, "2031-01-02T18:13:43+02:00");
        Add("timestamp.json", Meta("timestamp", "snapshot.json", "2031-01-01T23:59:59.5-05:00"), "online");
        Add("snapshot.json", Meta("snapshot", "targets.json", "2031-01-03T00:00:00.0000001Z"), "online");
        Add("targets.json", Targets(), "pss");
    }

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    private static ECDsa NewEcKey(int number)
    {
        var scalar = SHA256.HashData(Encoding.ASCII.GetBytes($"key {number} of no repository"));
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
    }

    // Keys 0 to 2 are root's, and two of them must sign; key 0 changes its spelling with the root, but not its id. Key 3 is online.
    private void AddRoot(int version, string type, bool hexadecimal, string expires)
    {
        var keys = new JsonObject
        {
            ["offline-0"] = EcKey(0, type, hexadecimal),
            ["offline-1"] = EcKey(1, type, hexadecimal),
            ["offline-2"] = EcKey(2, type, hexadecimal),
            ["online"] = EcKey(3, type, hexadecimal),
            ["pss"] = Key("rsa", Pss, RsaPem()),
        };
        var roles = new JsonObject
        {
            ["root"] = Role(2, "offline-0", "offline-1", "offline-2"),
            ["timestamp"] = Role(1, "online"),
            ["snapshot"] = Role(1, "online"),
            ["targets"] = Role(1, "pss"),
        };
        var signed = Signed("root", version, expires);
        signed["consistent_snapshot"] = false;
        signed["keys"] = keys;
        signed["roles"] = roles;
        // One of three has not signed yet, as ceremonies leave it.
        Add($"{version}.root.json", signed, "offline-2", "offline-0", "-offline-1");
    }

    private static JsonObject Signed(string type, int version, string expires) =>
        new()
        {
            ["_type"] = type,
            ["spec_version"] = "1.0",
            ["version"] = version,
            ["expires"] = expires,
        };

    private static JsonObject Meta(string type, string file, string expires)
    {
        var signed = Signed(type, 7, expires);
        signed["meta"] = new JsonObject { [file] = new JsonObject { ["version"] = 7 } };
        return signed;
    }

    private static JsonObject Targets()
    {
        var signed = Signed("targets", 7, "2031-02-01T00:00:00Z");
        var hashes = new JsonObject { ["sha512"] = new string('0', 128) };
        signed["targets"] = new JsonObject
        {
            ["t"] = new JsonObject { ["length"] = 1, ["hashes"] = hashes },
        };
        return signed;
    }

    private void Add(string name, JsonObject signed, params string[] signers)
    {
        var payload = CanonicalJson.Encode(Encoding.UTF8.GetBytes(signed.ToJsonString()));
        var signatures = new JsonArray();
        foreach (var signer in signers)
        {
            var value = signer[0] is '-' ? "" : Convert.ToHexStringLower(Sign(signer, payload));
            signatures.Add((JsonNode)new JsonObject { ["keyid"] = signer.TrimStart('-'), ["sig"] = value });
        }

        var document = new JsonObject { ["signatures"] = signatures, ["signed"] = signed };
        Files[name] = Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private byte[] Sign(string signer, byte[] payload) =>
        signer is "pss"
            ? SignWithLongestSalt(payload)
            : _ec[signer is "online" ? 3 : signer[^1] - '0']
                .SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>EMSA-PSS-ENCODE (RFC 8017, section 9.1.1), which the framework does with short salts only; then the private operation.</summary>
    private static byte[] SignWithLongestSalt(byte[] message)
    {
        var data = new byte[s_modulus.Length - SHA256.HashSizeInBytes - 1];
        // The longest: no zeros before the 1.
        data[0] = 1;
        data.AsSpan(1).Fill(0x5a);
        byte[] salted = [.. new byte[8], .. SHA256.HashData(message), .. data[1..]];
        var hash = SHA256.HashData(salted);
        for (var i = 0; i < data.Length; i++)
        {
            byte[] counted = [.. hash, 0, 0, 0, (byte)(i / hash.Length)];
            data[i] ^= SHA256.HashData(counted)[i % hash.Length];
        }

        data[0] &= 0x7f;
        var encoded = Number([.. data, .. hash, 0xbc]);
        var signature = BigInteger.ModPow(
            encoded,
            Number(Convert.FromHexString(TraitKeys.PrivateExponent)),
            Number(s_modulus)
        );
        var bytes = signature.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[s_modulus.Length - bytes.Length], .. bytes];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static string RsaPem()
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = s_modulus, Exponent = [1, 0, 1] });
        return rsa.ExportSubjectPublicKeyInfoPem();
    }

    private JsonObject EcKey(int number, string type, bool hexadecimal)
    {
        var point = _ec[number].ExportParameters(false).Q;
        var value = hexadecimal
            ? "04" + Convert.ToHexStringLower(point.X!) + Convert.ToHexStringLower(point.Y!)
            : _ec[number].ExportSubjectPublicKeyInfoPem() + "\n";
        return Key(type, P256, value);
    }

    private static JsonObject Key(string type, string scheme, string value) =>
        new()
        {
            ["keyid_hash_algorithms"] = new JsonArray("sha256", "sha512"),
            ["keytype"] = type,
            ["scheme"] = scheme,
            ["keyval"] = new JsonObject { ["public"] = value },
            ["x-owner"] = "@nobody",
        };

    private static JsonObject Role(int threshold, params string[] keyIds) =>
        new() { ["threshold"] = threshold, ["keyids"] = new JsonArray([.. keyIds.Select(id => (JsonNode)id)]) };
}
