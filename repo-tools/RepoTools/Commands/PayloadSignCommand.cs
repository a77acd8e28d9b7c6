using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using RepoTools.Keys;
using UpdateEngine;

namespace RepoTools.Commands;

/// <param name="Sha256">Of the payload.</param>
internal sealed record PayloadSignatureAnswer(
    string Payload,
    string Role,
    long Version,
    DateTimeOffset Expires,
    string Sha256,
    string KeyId,
    string Signature
);

internal sealed class PayloadSignCommand : ToolCommand
{
    private readonly Argument<string> _payload = new("PAYLOAD")
    {
        Description = "What `payload export` wrote, on whichever machine.",
    };
    private readonly Option<string> _key = new OneKeyOption("--key")
    {
        Description = $"The private key. {SigningKeySource.Forms}.",
        Required = true,
        HelpName = "KEY",
    };
    private readonly Option<string> _out = Inputs.File(
        "--out",
        "Where the signature goes, in hexadecimal.",
        required: true
    );
    private readonly Option<string?> _sha256 = new("--sha256")
    {
        Description = "Refuse any other payload: the SHA-256 that everybody has compared.",
        HelpName = "HEX",
    };

    public PayloadSignCommand()
        : base(
            "sign",
            "Sign an exported payload on the machine that has the key, in a file or a token, and say what it was. Neither the repository nor the root is needed here.",
            """
            repo-tools payload sign payload.bin --key "pkcs11:token=bob;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so" --out bob.sig
            repo-tools payload sign payload.bin --key keys/root2.pem --out root2.sig --sha256 6db3c94a661ac59aea4f1387a9b66b87e5633242cb7c14237c88ee98335242b9
            # And back, on the machine with the metadata:
            repo-tools signature attach root-2.json --key keys/root2.pub.pem --signature root2.sig
            """
        )
    {
        Add(_payload);
        foreach (var option in (Option[])[_key, _out, _sha256, DryRun.NewOption()])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (path, to) = (args.GetRequiredValue(_payload), args.GetRequiredValue(_out));
        // What was checked is what is signed: the file is read once.
        var (document, payload) = MetadataFile.ReadPayload(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(payload));
        RequireSha256(path, digest, args.GetValue(_sha256));
        using var keys = SigningKeys.Open([args.GetRequiredValue(_key)], KeyOptions.Access(args));
        var signature = SignatureCheck.Require(
            keys[0].File,
            keys[0].Signer.PublicKey,
            payload,
            keys[0].Signer.Sign(payload)
        );
        if (!DryRun.IsAsked(args))
        {
            Files.Write(to, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(signature) + "\n"));
        }

        var answer = new PayloadSignatureAnswer(
            path,
            document.Type,
            document.Version,
            document.Expires,
            digest,
            keys[0].KeyId,
            to
        );
        return Task.FromResult(
            DryRun.Print(
                args,
                answer,
                AnswersJson.Default.PayloadSignatureAnswer,
                Text(answer, PayloadText.Of(document)),
                $"repo-tools signature attach FILE --key KEY.pub.pem --signature {to}, where the metadata is"
            )
        );
    }

    private static void RequireSha256(string path, string digest, string? wanted)
    {
        if (wanted is not null && !string.Equals(wanted.Trim(), digest, StringComparison.OrdinalIgnoreCase))
        {
            throw new UpdateException(
                ErrorCodes.SignatureInvalid,
                $"{path} has the SHA-256 {digest}, not the one that was given; nothing was signed.",
                "Compare it with the machine that exported the payload."
            );
        }
    }

    private static string Text(PayloadSignatureAnswer answer, string content) =>
        $"""
            payload    {answer.Payload}: {answer.Role} version {answer.Version}, expires {Times.Stamp(answer.Expires)}
            sha256     {answer.Sha256}
            signature  {answer.Signature}, by key {answer.KeyId}

            {content}
            """;
}
