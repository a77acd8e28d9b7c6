using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>
/// A key as PEM text in an environment variable, where build services put their secrets; or the URI of a key in a token, which may hold the PIN
/// there, since no other user can read it.
/// </summary>
internal sealed class EnvironmentKey(string variable) : SigningKeySource
{
    public const string Prefix = "env:";

    private string Name => Prefix + variable;

    public override SigningKey Open(KeyAccess access)
    {
        var text = Read();
        if (Token(text) is { } token)
        {
            return token.Open(access);
        }

        var pem = new KeyPem(Name, text);
        return new SigningKey(Name, pem.ReadPrivate(access.Passphrases), pem.IsTest);
    }

    public override FoundKey ReadPublic(KeyAccess access)
    {
        var text = Read();
        if (Token(text) is { } token)
        {
            return token.ReadPublic(access);
        }

        var pem = new KeyPem(Name, text);
        return new FoundKey(pem.ReadPublic(access.Passphrases), pem.IsTest);
    }

    private TokenKey? Token(string text) =>
        text.StartsWith(TokenUri.Scheme, StringComparison.Ordinal)
            ? new TokenKey(TokenUri.Parse(text.Trim(), Name, mayHoldPin: true))
            : null;

    private string Read()
    {
        var text = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrWhiteSpace(text)
            ? throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The environment variable \"{variable}\" is not set, so {Name} is no key.",
                "Put the key into it, as PEM text."
            )
            : text;
    }
}
