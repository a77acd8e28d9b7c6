using RepoTools.Native;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>Finds the one token and the one key that a URI names. Two are as bad as none: which key signs must not be left to chance.</summary>
internal static class TokenChoice
{
    public const nuint Class = 0; // CKA_CLASS
    public const nuint Label = 3; // CKA_LABEL
    public const nuint Id = 0x102; // CKA_ID
    public const ulong PublicKeyClass = 2; // CKO_PUBLIC_KEY
    private const ulong PrivateKeyClass = 3; // CKO_PRIVATE_KEY

    public static (nuint Slot, TokenInfo Token) Slot(Cryptoki module, TokenUri uri)
    {
        var all = module.Slots().Select(slot => (Slot: slot, Token: module.Token(slot))).ToArray();
        var matching = all.Where(t => Matches(t.Slot, t.Token, uri)).ToArray();
        return matching switch
        {
            [var one] => one,
            [] => throw Unusable(uri, $"no token matches; the module has {Names(all)}", "Check token= in it."),
            _ => throw Unusable(
                uri,
                $"{matching.Length} tokens match: {Names(matching)}",
                "Add serial= or slot-id= to it."
            ),
        };
    }

    /// <param name="module">Where to look.</param>
    /// <param name="session">Logged in: private keys are not seen before.</param>
    /// <param name="uri">What to look for.</param>
    public static nuint PrivateKey(Cryptoki module, nuint session, TokenUri uri) =>
        module.Find(session, [Number(Class, PrivateKeyClass), .. Named(uri)], limit: 2) switch
        {
            [var one] => one,
            [] => throw Unusable(
                uri,
                "the token has no such private key",
                "See `pkcs11-tool --login --list-objects` for what it has."
            ),
            _ => throw Unusable(uri, "several private keys of the token match", "Add id= to it, such as id=%01."),
        };

    public static ObjectAttribute Number(nuint type, ulong value) => new(type, Bytes(value));

    private static byte[] Bytes(ulong value) =>
        nuint.Size == sizeof(ulong) ? BitConverter.GetBytes(value) : BitConverter.GetBytes((uint)value);

    private static IEnumerable<ObjectAttribute> Named(TokenUri uri)
    {
        if (uri.Label is { } label)
        {
            yield return new ObjectAttribute(Label, label);
        }

        if (uri.Id is { } id)
        {
            yield return new ObjectAttribute(Id, id);
        }
    }

    private static bool Matches(nuint slot, TokenInfo token, TokenUri uri) =>
        Same(uri.Token, token.Label)
        && Same(uri.Manufacturer, token.Manufacturer)
        && Same(uri.Model, token.Model)
        && Same(uri.Serial, token.Serial)
        && Same(uri.SlotId, slot.ToString());

    private static bool Same(string? wanted, string actual) => wanted is null || wanted == actual;

    private static string Names((nuint Slot, TokenInfo Token)[] tokens) =>
        tokens is [] ? "none" : string.Join(", ", tokens.Select(t => $"\"{t.Token.Label}\" (serial {t.Token.Serial})"));

    private static UpdateException Unusable(TokenUri uri, string why, string next) =>
        new(ErrorCodes.KeyUnusable, $"{uri.Name} can't be used: {why}.", next);
}
