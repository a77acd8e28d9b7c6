using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Moving;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <param name="Versions">Of what was signed; null in a dry run.</param>
/// <param name="Targets">How many were copied.</param>
/// <param name="Expired">Delegated roles that only their own keys can renew.</param>
internal sealed record TransferAnswer(
    string Source,
    string Repository,
    long Root,
    RoleVersions? Versions,
    int Targets,
    IReadOnlyList<string> Expired,
    IReadOnlyList<string> LeftOut
);

internal sealed class RepoTransferCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SourceInputs _source = new("OLD");
    private readonly Argument<string> _directory = new("NEW") { Description = "Directory of the new repository." };
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "The new root metadata, signed by as many of its keys as it asks for.",
        required: true
    );
    private readonly SigningInputs _signing = new();
    private readonly Option<bool> _skipMissing = new("--skip-missing")
    {
        Description = "Leave out files of targets that belong to no release and that OLD itself does not have.",
    };
    private readonly Option<bool> _force = RootInputs.Force();

    public RepoTransferCommand(TimeProvider time)
        : base(
            "transfer",
            "Take everything that is published over into a new repository, under a root with other keys. For when the old root's keys are lost: hosts follow "
                + "only once they are given the new root as their trust anchor. While enough of the old root's keys are there, `root rotate` is better: "
                + "hosts follow it by themselves. OLD is verified, may have expired, and is left as it is; versions go on from its own.",
            """
            repo-tools repo transfer repo new-repo --trust root.json --root new-root.json --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            """
        )
    {
        _time = time;
        _source.AddTo(this);
        Add(_directory);
        Add([_root, .. _signing.Options, _skipMissing, _force, DryRun.NewOption()]);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        SeenInputs.ForPublisherAsync(_source.Address(args), () => TransferAsync(args, cancel));

    private async Task<int> TransferAsync(ParseResult args, CancellationToken cancel)
    {
        var target = new Workspace(args.GetRequiredValue(_directory));
        var anchor = _source.Address(args).ReadAnchor();
        var path = args.GetRequiredValue(_root);
        var root = RootFile.Read(path);
        using var keys = _signing.Open(args);
        using var source = await _source.OpenAsync(args, anchor, new NoExpiry(), null, cancel);
        var plan = await CopyPlan.ReadAsync(source, anchor, CopySelection.Everything, cancel);
        var transfer = new Transfer(source, plan, root, path);
        transfer.Require(target, _time.GetUtcNow(), args.GetValue(_force));
        transfer.RequireKeys(keys.Plan);
        var (result, versions) = (new CopyResult(plan.Selected.Targets.Count, 0, 0, []), (RoleVersions?)null);
        if (!DryRun.IsAsked(args))
        {
            result = await TransferProgress.ShowAsync(
                CommandHost.IsJson(args),
                progress => transfer.CopyAsync(target, args.GetValue(_skipMissing), progress, cancel)
            );
            versions = transfer.Sign(target, keys.Plan, _time);
        }

        var answer = new TransferAnswer(
            source.Address.Text,
            target.Root,
            root.Version,
            versions,
            result.Targets,
            [.. await ExpiredAsync(source, cancel)],
            CopyReport.LeftOut(plan, result.Missing)
        );
        return DryRun.Print(args, answer, AnswersJson.Default.TransferAnswer, Text(answer, path));
    }

    private async Task<IEnumerable<string>> ExpiredAsync(VerifiedRepository source, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        var roles = await source.LoadRolesAsync(cancel);
        return roles.Where(role => role.Metadata.Expires <= now).Select(role => role.Role);
    }

    private static string Text(TransferAnswer answer, string root)
    {
        var lines = new List<string>();
        if (answer.Versions is { } versions)
        {
            lines.Add(
                $"{answer.Repository}: {answer.Targets} targets of {answer.Source} under root version {answer.Root}; published targets {versions.Targets}, snapshot {versions.Snapshot}, timestamp {versions.Timestamp}"
            );
        }
        else
        {
            lines.Add(
                $"{answer.Repository}: would get {answer.Targets} targets of {answer.Source}, under root version {answer.Root}"
            );
        }

        lines.AddRange(
            answer.Expired.Select(role =>
                $"The delegated role {role} has expired: its keys have to renew it with `repo-tools publish {answer.Repository} --renew {role} ...`."
            )
        );
        lines.AddRange(answer.LeftOut);
        lines.Add(
            $"No host follows by itself: each needs {root} as its trust anchor. While the old root's keys are there, `repo-tools root rotate` is better."
        );
        return string.Join('\n', lines);
    }
}
