using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>
/// A key behind a program of the publisher's own: a signing service, a cloud's key store, a ceremony. The program is started once for
/// <c>public-key</c> (prints SubjectPublicKeyInfo in PEM) and once for each signature, <c>sign</c> (the message on standard input, the signature
/// on standard output, in hexadecimal or base64). An exit code other than 0 is a refusal; what it printed on standard error is the reason.
/// </summary>
/// <param name="command">The program and its arguments, as after "exec:".</param>
/// <param name="timeout">Of one run.</param>
internal sealed class ProgramKey(string command, TimeSpan timeout) : SigningKeySource
{
    public const string Prefix = "exec:";

    /// <summary>Enough for somebody who has to walk to a device and touch it.</summary>
    public static readonly TimeSpan StandardTimeout = TimeSpan.FromMinutes(5);

    public override SigningKey Open(KeyAccess access)
    {
        var (signer, isTest) = OpenSigner();
        return new SigningKey(Prefix + command, signer, isTest);
    }

    public override FoundKey ReadPublic(KeyAccess access)
    {
        var (signer, isTest) = OpenSigner();
        return new FoundKey(signer.PublicKey, isTest);
    }

    private (ProgramSigner Signer, bool IsTest) OpenSigner()
    {
        var program = new SignerProgram(command, timeout);
        var pem = new KeyPem($"What \"{command} public-key\" printed", program.Run("public-key", []));
        if (pem.IsPrivate)
        {
            throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"\"{command} public-key\" printed a private key.",
                "It must print the public half alone."
            );
        }

        return (new ProgramSigner(program, pem.ReadPublic(Passphrases.Standard)), pem.IsTest);
    }

    private sealed class ProgramSigner(SignerProgram program, PublicKey key) : ISigner
    {
        public PublicKey PublicKey => key;

        public byte[] Sign(ReadOnlySpan<byte> message)
        {
            var text = program.Run("sign", message).Trim();
            return SignatureCheck.Require(Prefix + program.Command, key, message, Decode(text, program.Command));
        }

        // No signature in base64 consists of hexadecimal digits alone, but by a chance that the check of the signature would find.
        private static byte[] Decode(string text, string command)
        {
            var compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
            if (compact.Length > 0 && compact.Length % 2 == 0 && compact.All(char.IsAsciiHexDigit))
            {
                return Convert.FromHexString(compact);
            }

            var bytes = new byte[compact.Length];
            return compact.Length > 0 && Convert.TryFromBase64String(compact, bytes, out var length)
                ? bytes[..length]
                : throw new UpdateException(
                    ErrorCodes.KeyUnusable,
                    $"\"{command} sign\" printed no signature: it is neither hexadecimal nor base64.",
                    "It must print the signature and nothing else; other words belong on standard error."
                );
        }
    }
}
