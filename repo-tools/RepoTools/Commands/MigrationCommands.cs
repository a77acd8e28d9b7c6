using System.CommandLine;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>A change to the step between two versions.</summary>
internal abstract class MigrationCommand : DraftCommand
{
    private readonly Argument<SemanticVersion> _from = Inputs.VersionArgument("FROM", "The version before the step.");
    private readonly Argument<SemanticVersion> _to = Inputs.VersionArgument("TO", "The version after it.");

    protected MigrationCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Arguments.Add(_from);
        Arguments.Add(_to);
    }

    protected SemanticVersion From(ParseResult args) => args.GetRequiredValue(_from);

    protected SemanticVersion To(ParseResult args) => args.GetRequiredValue(_to);

    protected Task<int> Report(ParseResult args, string change) =>
        Report(args, $"The step from {From(args)} to {To(args)}", change);
}

internal sealed class MigrationAddCommand : MigrationCommand
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "The migrations in the order in which they run.",
        Arity = ArgumentArity.OneOrMore,
    };

    public MigrationAddCommand()
        : base(
            "add",
            "Say which migrations the data of a host needs between two versions, and compress them into the draft. Hosts of this engine have no runner "
                + "for them yet: one refuses a release whose way needs a migration.",
            "repo-tools migration add repo 1.1.0 1.2.0 rename-setting add-default"
        ) => Arguments.Add(_files);

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var files = args.GetRequiredValue(_files);
        var targets = files.Select(f => MigrationSteps.TargetName(f, To(args))).ToArray();
        foreach (var file in files)
        {
            ReleaseImages.Check("migration", file, "Give the files of the migrations after the versions.");
        }

        using var only = Lock(args);
        var draft = OpenDraft(args);
        var after = MigrationSteps.Add(draft.Manifest, From(args), To(args), targets);
        foreach (var (file, target) in DryRun.IsAsked(args) ? [] : files.Zip(targets))
        {
            var path = WorkspaceOf(args).DraftFile(target);
            var done = await ReleaseImages.CompressAsync(file, path, "migration", Compression.Zstd, null, null, cancel);
            draft.Files[target] = new DraftFile(done.Length, done.Sha256);
        }

        Keep(args, draft, after);
        return await Report(args, $"has the migrations {string.Join(", ", targets)}");
    }
}

internal sealed class MigrationNoneCommand()
    : MigrationCommand(
        "none",
        "Say that nothing is needed between two versions. A step that is not in the manifest at all means \"no path\".",
        "repo-tools migration none repo 1.1.0 1.2.0"
    )
{
    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        Change(args, manifest => MigrationSteps.Add(manifest, From(args), To(args), []));
        return Report(args, "needs no migration");
    }
}

internal sealed class MigrationRemoveCommand()
    : MigrationCommand(
        "remove",
        "Take the step between two versions out of the manifest.",
        "repo-tools migration remove repo 1.1.0 1.2.0"
    )
{
    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        Change(args, manifest => MigrationSteps.Remove(manifest, From(args), To(args)));
        return Report(args, "is removed");
    }
}

/// <param name="Targets">In the order in which they run; none: nothing is needed.</param>
internal sealed record MigrationRow(string Step, IReadOnlyList<string> Targets);

internal sealed record MigrationListAnswer(IReadOnlyList<MigrationRow> Migrations);

internal sealed class MigrationListCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();

    public MigrationListCommand()
        : base("list", "List the steps as they will be after the next `publish`.", "repo-tools migration list repo")
    {
        Add(_directory);
        Add(_trust);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var manifest = Draft.Open(workspace, Published.Read(workspace)).Manifest;
        var rows = manifest.Migrations.Select(m => new MigrationRow(m.Key, m.Value)).ToArray();
        var table = new TextTable("STEP", "MIGRATIONS");
        foreach (var row in rows)
        {
            table.Add(row.Step, row.Targets.Count == 0 ? "nothing is needed" : string.Join(", ", row.Targets));
        }

        var text =
            rows.Length == 0
                ? "No steps are listed. Add some with `repo-tools migration add` or `none`."
                : table.ToString();
        return Task.FromResult(
            Answer.Print(args, new MigrationListAnswer(rows), AnswersJson.Default.MigrationListAnswer, text)
        );
    }
}
