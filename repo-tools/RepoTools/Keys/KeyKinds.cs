using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>What the command line calls the kinds of keys.</summary>
internal static class KeyKinds
{
    private static readonly (string Name, KeyKind Kind)[] s_kinds =
    [
        ("ed25519", KeyKind.Ed25519),
        ("ecdsa-p256", KeyKind.EcdsaP256),
        ("ecdsa-p384", KeyKind.EcdsaP384),
        ("rsa-3072", KeyKind.Rsa3072),
        ("rsa-4096", KeyKind.Rsa4096),
    ];

    /// <summary>The first one is the one to take when in doubt.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_kinds.Select(k => k.Name)];

    public static KeyKind Of(string name) => s_kinds.First(k => k.Name == name).Kind;
}
