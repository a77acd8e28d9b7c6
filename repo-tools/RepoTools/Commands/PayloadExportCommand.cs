using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <param name="Length">Of the payload, in bytes.</param>
/// <param name="Sha256">Of the payload.</param>
internal sealed record PayloadAnswer(
    string File,
    string Role,
    long Version,
    DateTimeOffset Expires,
    string Payload,
    string Summary,
    long Length,
    string Sha256
);

internal sealed class PayloadExportCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Metadata of any role, such as root.json." };
    private readonly Option<string> _out = Inputs.File(
        "--out",
        "Where the payload goes; a summary for people goes to FILE.txt.",
        required: true
    );

    public PayloadExportCommand()
        : base(
            "export",
            "Write the exact bytes that are signed, for signing on another machine, and beside them what they say, with their SHA-256 to compare.",
            """
            repo-tools payload export root-2.json --out payload.bin
            # On the machine with the key, once the SHA-256 is the same for everybody:
            openssl pkeyutl -sign -rawin -inkey keys/root2.pem -in payload.bin -out root2.sig
            # Or, with a key in a token:
            repo-tools payload sign payload.bin --key "pkcs11:token=bob;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so" --out root2.sig
            # And back:
            repo-tools signature attach root-2.json --key keys/root2.pub.pem --signature root2.sig
            """
        )
    {
        Add(_file);
        Add(_out);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (path, to) = (args.GetRequiredValue(_file), args.GetRequiredValue(_out));
        var document = MetadataFile.Read(path);
        var payload = document.ToSignedPayload();
        var answer = new PayloadAnswer(
            path,
            document.Type,
            document.Version,
            document.Expires,
            to,
            to + ".txt",
            payload.Length,
            Convert.ToHexStringLower(SHA256.HashData(payload))
        );
        var summary = Summary(answer, document);
        if (!DryRun.IsAsked(args))
        {
            Files.Write(to, payload);
            Files.Write(answer.Summary, Encoding.UTF8.GetBytes(summary));
        }

        return Task.FromResult(DryRun.Print(args, answer, AnswersJson.Default.PayloadAnswer, summary));
    }

    private static string Summary(PayloadAnswer answer, MetadataDocument document) =>
        $"""
            payload  {answer.Payload}, {answer.Length.ToString(CultureInfo.InvariantCulture)} bytes
            sha256   {answer.Sha256}
            of       {answer.File}: {answer.Role} version {answer.Version}, expires {Times.Stamp(answer.Expires)}

            {PayloadText.Of(document)}
            Whoever signs compares the SHA-256 first (`sha256sum {answer.Payload}`), then signs the payload itself, for example:
              openssl pkeyutl -sign -rawin -inkey KEY.pem -in {answer.Payload} -out KEY.sig
            or, with a key in a token too:
              repo-tools payload sign {answer.Payload} --key KEY --out KEY.sig
            The signature comes back with:
              repo-tools signature attach {answer.File} --key KEY.pub.pem --signature KEY.sig

            """;
}
