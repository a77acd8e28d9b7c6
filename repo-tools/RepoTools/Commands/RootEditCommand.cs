using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <param name="StartedFrom">The complete version that this one follows; null when the version stayed.</param>
/// <param name="Kept">Where the file of that version lies now, if it had to make room.</param>
internal sealed record RootEditAnswer(
    string File,
    string Change,
    long Version,
    DateTimeOffset Expires,
    long? StartedFrom,
    string? Kept,
    int RemovedSignatures
);

/// <summary>A change of a root file: opens a draft, changes it, refuses what would lock hosts out, writes it, says what is next.</summary>
internal abstract class RootEditCommand : ToolCommand
{
    private readonly Argument<string> _file = RootInputs.File();
    private readonly Option<string> _out = Inputs.File("--out", "Where the result goes. Default: FILE itself.");
    private readonly Option<bool> _keep = new("--keep-version")
    {
        Description = "Stay at this version although it is signed completely: nobody has it yet.",
    };
    private readonly Option<bool> _force = RootInputs.Force();

    protected RootEditCommand(TimeProvider time, string name, string description, string examples)
        : base(name, description, examples)
    {
        Time = time;
        Add(_file);
    }

    protected TimeProvider Time { get; }

    /// <summary>The options of all edits, after those of the command itself.</summary>
    protected void AddCommon(bool keepVersion = true)
    {
        Add(_out);
        if (keepVersion)
        {
            Add(_keep);
        }

        Add(_force);
        Add(DryRun.NewOption());
    }

    /// <summary>Refuses, before anything is changed, what this command must not be used for.</summary>
    protected virtual void Check(MetadataDocument root, string path, bool force) { }

    /// <returns>What was done, in a few words.</returns>
    protected abstract string Change(ParseResult args, RootDraft draft);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var to = args.GetValue(_out) ?? path;
        RootFile.RequireNotPublished(to);
        var root = RootFile.Read(path);
        var before = root.ToBytes();
        Check(root, path, args.GetValue(_force));
        var draft = RootDraft.Open(root, Time.GetUtcNow(), args.GetValue(_keep));
        var change = Change(args, draft);
        RootRules.Require(RootRules.Content(root.ToRoot(), Time.GetUtcNow()), args.GetValue(_force));
        var kept = draft.StartedFrom is { } from ? KeptName(path, to, from, before) : null;
        if (!DryRun.IsAsked(args))
        {
            if (kept is not null)
            {
                Files.Write(kept, before);
            }

            Files.Rewrite(to, root.ToBytes());
        }

        var answer = new RootEditAnswer(
            to,
            change,
            root.Version,
            root.Expires,
            draft.StartedFrom,
            kept,
            draft.RemovedSignatures
        );
        return Task.FromResult(
            DryRun.Print(args, answer, AnswersJson.Default.RootEditAnswer, Text(answer), Next(answer, kept ?? path))
        );
    }

    /// <summary>The complete root that hosts may trust must not be lost under the new one: whoever signs needs it.</summary>
    private static string? KeptName(string path, string to, long version, byte[] bytes)
    {
        if (!string.Equals(Path.GetFullPath(path), Path.GetFullPath(to), StringComparison.Ordinal))
        {
            return null;
        }

        var stem = path.EndsWith(".json", StringComparison.Ordinal) ? path[..^".json".Length] : path;
        var kept = $"{stem}.v{version}.json";
        if (File.Exists(kept) && !File.ReadAllBytes(kept).AsSpan().SequenceEqual(bytes))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{path} would be kept as {kept}, but there is another file.",
                "Give --out for the new version."
            );
        }

        return kept;
    }

    private static string Text(RootEditAnswer answer)
    {
        var lines = new List<string>
        {
            $"{answer.File}: {answer.Change}",
            $"root version {answer.Version}, expires {Times.Instant(answer.Expires)}",
        };
        if (answer.StartedFrom is { } from)
        {
            var where = answer.Kept is null ? "" : $"; that one is kept in {answer.Kept}";
            lines.Add($"Version {from} is signed completely, so this is the next one{where}.");
        }

        if (answer.RemovedSignatures > 0)
        {
            lines.Add($"{answer.RemovedSignatures} signature(s) were removed: they were over the content before.");
        }

        return string.Join('\n', lines);
    }

    private static string Next(RootEditAnswer answer, string previous) =>
        $"repo-tools root sign {answer.File} --key KEY.pem{(answer.StartedFrom is null ? "" : $" --previous {previous}")}";
}
