using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Roots;

namespace RepoTools.Commands;

internal sealed class RootSignCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _file = RootInputs.File();
    private readonly Option<string[]> _keys = Inputs.Keys(
        "--key",
        "A private root key, of this root or of the one before."
    );
    private readonly Option<string> _previous = RootInputs.Previous();
    private readonly Option<bool> _force = RootInputs.Force();

    public RootSignCommand(TimeProvider time)
        : base(
            "sign",
            "Sign root metadata. Each signature is verified once it is made; keys that signed before stay, so several people can sign in turn. "
                + "A new version needs the signatures of the old root keys too: give the old root with --previous.",
            """
            repo-tools root sign root.json --key keys/root1.pem
            repo-tools root sign root.json --key keys/root2.pem
            repo-tools root sign root-2.json --previous root.json --key keys/root1.pem --key keys/root4.pem
            """
        )
    {
        _time = time;
        Add(_file);
        Add(_keys);
        Add(_previous);
        Add(_force);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        RootFile.RequireNotPublished(path);
        var root = RootFile.Read(path);
        var previous = args.GetValue(_previous) is { } old ? RootFile.Read(old) : null;
        RootRules.Require(RootRules.Content(root.ToRoot(), _time.GetUtcNow()), args.GetValue(_force));
        using var keys = Inputs.Signers(args, _keys);
        RootFile.Sign(root, path, previous, [.. keys.Select(k => (k.File, k.Signer))]);
        if (!DryRun.IsAsked(args))
        {
            Files.Rewrite(path, root.ToBytes());
        }

        var answer = RootReport.Of(root, path, previous, _time.GetUtcNow());
        return Task.FromResult(
            DryRun.Print(
                args,
                answer,
                AnswersJson.Default.RootAnswer,
                RootReport.AfterSigning(answer),
                RootReport.Next(answer, args.GetValue(_previous))
            )
        );
    }
}
