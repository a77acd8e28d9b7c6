using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Commands;

/// <param name="Length">Of all files together, in bytes.</param>
/// <param name="Files">Below the repository's directory, in the order of deletion.</param>
internal sealed record GarbageAnswer(string Repository, DateTimeOffset Since, long Length, IReadOnlyList<string> Files);

internal sealed class RepoCollectGarbageCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Option<Duration> _keep = Inputs.Duration(
        "--keep",
        "Keep whatever was published within this span: hosts may still be downloading it. Not shorter than your timestamps hold.",
        FileSurvey.StandardKeep
    );

    public RepoCollectGarbageCommand(TimeProvider time)
        : base(
            "collect-garbage",
            "Delete superseded metadata, and files that are no target any more. Roots, the draft's files and whatever hosts may still be fetching stay.",
            """
            repo-tools repo collect-garbage repo --dry-run
            repo-tools repo collect-garbage repo --keep 14d
            """
        )
    {
        _time = time;
        Add(_directory);
        Add(_trust, _keep, DryRun.NewOption());
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var address = RepositoryAddress.Parse(args.GetRequiredValue(_directory), args.GetValue(_trust));
        if (address.Workspace is not { } workspace)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{address.Text} is an address; files are deleted in a directory of this machine.",
                "Give the directory of the repository."
            );
        }

        Published.RequireRepository(workspace);
        using var only = PublisherLock.ForChange(workspace, DryRun.IsAsked(args));
        var repository = await SeenInputs.ReadWholeAsync(address, cancel);
        var since = _time.GetUtcNow() - args.GetValue(_keep).Time;
        var unused = new FileSurvey(repository, workspace).Unused(since);
        // Snapshots first: a reader of an old one finds it gone, and not half of what it names.
        string[] files = [.. unused.Metadata, .. unused.Targets];
        var answer = new GarbageAnswer(
            workspace.Root,
            since,
            files.Sum(file => new FileInfo(file).Length),
            [.. files.Select(file => Path.GetRelativePath(workspace.Root, file))]
        );
        if (!DryRun.IsAsked(args))
        {
            Delete(files);
        }

        var would = DryRun.IsAsked(args) ? "would be deleted" : "deleted";
        return DryRun.Print(args, answer, AnswersJson.Default.GarbageAnswer, Text(answer, would));
    }

    /// <summary>A file whose deletion a power cut takes back is garbage again, and no more: one flush for each directory is enough.</summary>
    private static void Delete(string[] files)
    {
        foreach (var file in files)
        {
            File.Delete(file);
        }

        foreach (var directory in files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file))!).Distinct())
        {
            DurableFile.FlushDirectory(directory);
        }
    }

    private static string Text(GarbageAnswer answer, string would)
    {
        var kept = $"what was published since {Times.Instant(answer.Since)} is kept";
        return answer.Files.Count == 0
            ? $"{answer.Repository}: no garbage; {kept}."
            : string.Concat(answer.Files.Select(file => $"{file}\n"))
                + $"{answer.Repository}: {answer.Files.Count} file(s) {would}, {Bytes.Text(answer.Length)}; {kept}.";
    }
}
