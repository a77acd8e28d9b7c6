using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Keys;

/// <summary>What opening a key may need besides its name.</summary>
internal sealed record KeyAccess(Passphrases Passphrases, bool AllowTestKeys)
{
    public static KeyAccess Standard { get; } = new(Passphrases.Standard, AllowTestKeys: false);
}

/// <summary>A public key, and whether its owner marked it as one for trials.</summary>
internal sealed record FoundKey(PublicKey Key, bool IsTest);

/// <summary>
/// Where a key is: a file, or what a prefix says. What stands on the command line is a name only; secrets come from elsewhere. A file whose name
/// looks like a prefix is given as ./NAME.
/// </summary>
internal abstract class SigningKeySource
{
    public const string Forms = "A PEM file, env:NAME, pkcs11:URI or exec:PROGRAM";

    public static SigningKeySource Parse(string text)
    {
        if (text.StartsWith(TokenUri.Scheme, StringComparison.Ordinal))
        {
            return new TokenKey(TokenUri.Parse(text));
        }

        if (After(text, EnvironmentKey.Prefix) is { } variable)
        {
            return new EnvironmentKey(variable);
        }

        return After(text, ProgramKey.Prefix) is { } command
            ? new ProgramKey(command, ProgramKey.StandardTimeout)
            : new FileKey(text);
    }

    /// <summary>Refuses the name of a key that is not in a file, where a file is to be made.</summary>
    public static void RequireFileName(string text)
    {
        if (Parse(text) is FileKey)
        {
            return;
        }

        throw new UpdateException(
            ErrorCodes.Usage,
            $"{text.Split(':')[0]}: names no file, and keys are made in files only.",
            "Make a key in a token with the token's own tools, such as `pkcs11-tool --keypairgen`, and take its public half with `repo-tools key show`."
        );
    }

    /// <summary>Ready to sign.</summary>
    public abstract SigningKey Open(KeyAccess access);

    /// <summary>The public half; a private one need not be there.</summary>
    public abstract FoundKey ReadPublic(KeyAccess access);

    private static string? After(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;
}
