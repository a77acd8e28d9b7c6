using RepoTools.Native;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>A key in a PKCS #11 token: a smart card, a security key, a hardware module, SoftHSM. It never leaves the token.</summary>
internal sealed class TokenKey(TokenUri uri) : SigningKeySource
{
    public override SigningKey Open(KeyAccess access) => new(uri.Name, OpenSigner());

    public override FoundKey ReadPublic(KeyAccess access)
    {
        using var signer = OpenSigner();
        return new FoundKey(signer.PublicKey, IsTest: false);
    }

    private TokenSigner OpenSigner()
    {
        Cryptoki? module = null;
        try
        {
            module = Cryptoki.Load(uri.Module);
            return TokenSigner.Open(module, uri);
        }
        catch (Exception error)
        {
            module?.Dispose();
            throw error switch
            {
                DllNotFoundException or BadImageFormatException => Unusable(
                    $"the module {uri.Module} can't be loaded",
                    "Check module-path; SoftHSM's is /usr/lib/softhsm/libsofthsm2.so.",
                    error
                ),
                EntryPointNotFoundException => Unusable(
                    $"{uri.Module} is no PKCS #11 module",
                    "Check module-path.",
                    error
                ),
                CryptokiException => Unusable(error.Message, "Try the token with `pkcs11-tool --list-objects`.", error),
                _ => error,
            };
        }
    }

    private UpdateException Unusable(string why, string next, Exception inner) =>
        new(ErrorCodes.KeyUnusable, $"{uri.Name} can't be used: {why}.", next, inner);
}
