using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>A key as PEM text in an environment variable, where build services put their secrets.</summary>
internal sealed class EnvironmentKey(string variable) : SigningKeySource
{
    public const string Prefix = "env:";

    private string Name => Prefix + variable;

    public override SigningKey Open(KeyAccess access)
    {
        var pem = Read();
        return new SigningKey(Name, pem.ReadPrivate(access.Passphrases), pem.IsTest);
    }

    public override FoundKey ReadPublic(KeyAccess access)
    {
        var pem = Read();
        return new FoundKey(pem.ReadPublic(access.Passphrases), pem.IsTest);
    }

    private KeyPem Read()
    {
        var text = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(text)
            ? throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The environment variable \"{variable}\" is not set, so {Name} is no key.",
                "Put the key into it, as PEM text."
            )
            : new KeyPem(Name, text);
    }
}
