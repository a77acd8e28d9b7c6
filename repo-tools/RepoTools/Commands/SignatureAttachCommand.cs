using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <param name="Signatures">Valid ones by distinct keys of the role; null where it is not known which keys those are.</param>
internal sealed record SignatureAnswer(
    string File,
    string Role,
    long Version,
    IReadOnlyList<string> KeyIds,
    int? Signatures,
    long? Threshold
);

internal sealed class SignatureAttachCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _file = new("FILE") { Description = "Metadata of any role, such as root.json." };
    private readonly Option<string> _key = new OneKeyOption("--key")
    {
        Description = "The public key whose signature it is.",
        Required = true,
        HelpName = "PUB.pem",
    };
    private readonly Option<string> _signature = Inputs.File(
        "--signature",
        "The signature: raw bytes, hexadecimal or base64; of ECDSA the DER form, or r and s as tokens give them.",
        required: true
    );
    private readonly Option<string> _previous = RootInputs.Previous();
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "For other roles than root: the root that says which keys count."
    );

    public SignatureAttachCommand(TimeProvider time)
        : base(
            "attach",
            "Put a signature that was made elsewhere into a metadata file. It is verified first, and refused with the reason if it is not this key's over this content.",
            """
            repo-tools signature attach root-2.json --key keys/root2.pub.pem --signature root2.sig
            repo-tools signature attach root-2.json --previous root.json --key keys/root1.pub.pem --signature root1.sig
            repo-tools signature attach 7.targets.json --root root.json --key keys/targets.pub.pem --signature targets.sig
            """
        )
    {
        _time = time;
        Add(_file);
        foreach (var option in (Option[])[_key, _signature, _previous, _root, DryRun.NewOption()])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (path, keyFile) = (args.GetRequiredValue(_file), args.GetRequiredValue(_key));
        RootFile.RequireNotPublished(path);
        var document = MetadataFile.Read(path);
        var key = Inputs.PublicKey(args, keyFile);
        return document.Type is Roles.Root
            ? AttachToRoot(args, document, path, keyFile, key)
            : AttachToRole(args, document, path, keyFile, key);
    }

    private Task<int> AttachToRoot(ParseResult args, MetadataDocument root, string path, string keyFile, PublicKey key)
    {
        var previous = args.GetValue(_previous) is { } old ? RootFile.Read(old) : null;
        var ids = RootFile.SigningIds(root, path, previous, keyFile, key);
        Attach(args, root, path, key, ids);
        var report = RootReport.Of(root, path, previous, _time.GetUtcNow());
        var answer = new SignatureAnswer(path, Roles.Root, root.Version, ids, report.Signatures, report.Threshold);
        return Task.FromResult(
            DryRun.Print(
                args,
                answer,
                AnswersJson.Default.SignatureAnswer,
                RootReport.AfterSigning(report),
                RootReport.Next(report, args.GetValue(_previous))
            )
        );
    }

    private Task<int> AttachToRole(
        ParseResult args,
        MetadataDocument document,
        string path,
        string keyFile,
        PublicKey key
    )
    {
        var root = args.GetValue(_root) is { } file ? RootFile.Read(file) : null;
        var ids = root is null ? [key.ComputeKeyId()] : RoleSigner.IdsOf([root], document.Type, keyFile, key);
        Attach(args, document, path, key, ids);
        var (valid, threshold) = root is null
            ? ((int?)null, (long?)null)
            : (document.CountValidSignatures(root, document.Type), root.ToRoot().Roles[document.Type].Threshold);
        var answer = new SignatureAnswer(path, document.Type, document.Version, ids, valid, threshold);
        var count = valid is null
            ? "attached; whether this key may sign it was not asked (give --root)"
            : $"{valid} of {threshold} signatures by the keys of root version {root!.Version}";
        return Task.FromResult(DryRun.Print(args, answer, AnswersJson.Default.SignatureAnswer, $"{path}: {count}"));
    }

    private void Attach(
        ParseResult args,
        MetadataDocument document,
        string path,
        PublicKey key,
        IEnumerable<string> ids
    )
    {
        var signature = SignatureFile.Read(args.GetRequiredValue(_signature), key, document, path);
        foreach (var id in ids)
        {
            document.AttachSignature(key, signature, id);
        }

        if (!DryRun.IsAsked(args))
        {
            Files.Rewrite(path, document.ToBytes());
        }
    }
}
