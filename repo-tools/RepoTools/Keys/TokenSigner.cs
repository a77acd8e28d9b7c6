using System.Security.Cryptography;
using System.Text;
using RepoTools.Native;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>Signs with a private key in a token, over a session that stays open as long as this.</summary>
internal sealed class TokenSigner : ISigner, IDisposable
{
    private const nuint AlwaysAuthenticate = 0x202; // CKA_ALWAYS_AUTHENTICATE
    private const nuint Eddsa = 0x1057; // CKM_EDDSA
    private const nuint Ecdsa = 0x1041; // CKM_ECDSA
    private const nuint RsaPss = 0xD; // CKM_RSA_PKCS_PSS
    private static readonly nuint[] s_pssSha256 = [0x250, 2, 32]; // CKM_SHA256, CKG_MGF1_SHA256, length of the salt

    private readonly Cryptoki _module;
    private readonly TokenUri _uri;
    private readonly nuint _session;
    private readonly nuint _key;
    private readonly byte[] _pin;
    private readonly bool _wantsPinEachTime;

    private TokenSigner(Cryptoki module, TokenUri uri, nuint session, nuint key, byte[] pin)
    {
        (_module, _uri, _session, _key, _pin) = (module, uri, session, key, pin);
        PublicKey = TokenPublicKey.Read(module, session, key, uri);
        _wantsPinEachTime = module.Value(session, key, AlwaysAuthenticate) is [1];
    }

    public PublicKey PublicKey { get; }

    /// <summary>Takes the module over.</summary>
    /// <exception cref="CryptokiException">The token refuses something that has no sentence of its own.</exception>
    public static TokenSigner Open(Cryptoki module, TokenUri uri)
    {
        var (slot, token) = TokenChoice.Slot(module, uri);
        var session = module.OpenSession(slot);
        try
        {
            var pin = token is { NeedsLogin: true, HasPinPad: false } ? Encoding.UTF8.GetBytes(Pins.Of(uri)) : [];
            if (token.NeedsLogin)
            {
                Login(() => module.Login(session, pin), uri, token);
            }

            return new TokenSigner(module, uri, session, TokenChoice.PrivateKey(module, session, uri), pin);
        }
        catch
        {
            module.CloseSession(session);
            throw;
        }
    }

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        try
        {
            return SignatureCheck.Require(_uri.Name, PublicKey, message, SignUnchecked(message));
        }
        catch (CryptokiException error)
        {
            throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"{_uri.Name} did not sign: {error.Message}.",
                "Try the token with `pkcs11-tool --list-mechanisms`.",
                error
            );
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_pin);
        _module.CloseSession(_session);
        _module.Dispose();
    }

    private byte[] SignUnchecked(ReadOnlySpan<byte> message) =>
        PublicKey.Scheme switch
        {
            "ed25519" => Sign(Eddsa, [], message),
            "rsassa-pss-sha256" => Sign(RsaPss, s_pssSha256, SHA256.HashData(message)),
            "ecdsa-sha2-nistp256" => EcdsaSignature.ToDer(Sign(Ecdsa, [], SHA256.HashData(message))),
            _ => EcdsaSignature.ToDer(Sign(Ecdsa, [], SHA384.HashData(message))),
        };

    private byte[] Sign(nuint mechanism, nuint[] parameters, ReadOnlySpan<byte> data) =>
        _module.Sign(
            _session,
            _key,
            mechanism,
            parameters,
            data,
            _wantsPinEachTime ? () => _module.Login(_session, _pin, again: true) : null
        );

    // A wrong PIN is never tried again: after a few of them a token locks itself.
    private static void Login(Action login, TokenUri uri, TokenInfo token)
    {
        try
        {
            login();
        }
        catch (CryptokiException error)
            when (error.Result
                    is CryptokiResults.PinIncorrect
                        or CryptokiResults.PinInvalid
                        or CryptokiResults.PinLengthRange
            )
        {
            throw Refused($"The PIN of the token \"{token.Label}\" is wrong, so {uri.Name} can't be used.", error);
        }
        catch (CryptokiException error) when (error.Result is CryptokiResults.PinLocked or CryptokiResults.PinExpired)
        {
            throw Refused(
                $"The token \"{token.Label}\" is locked or its PIN expired, so {uri.Name} can't be used.",
                error
            );
        }
    }

    private static UpdateException Refused(string message, Exception inner) =>
        new(ErrorCodes.KeyUnusable, message, "Too many wrong PINs lock a token.", inner);
}
