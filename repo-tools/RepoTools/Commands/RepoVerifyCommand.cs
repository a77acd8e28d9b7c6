using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Commands;

/// <param name="Length">Of all targets together, in bytes.</param>
/// <param name="Read">How many targets were read and verified; 0 without --targets.</param>
/// <param name="Releases">What hosts choose from: the newest of each variant and architecture.</param>
internal sealed record VerifyAnswer(
    string Repository,
    DateTimeOffset At,
    bool Accepted,
    long Root,
    long Timestamp,
    long Snapshot,
    long TargetsRole,
    int DelegatedRoles,
    int Targets,
    long Length,
    int Read,
    IReadOnlyList<RefusedTarget> Refused,
    IReadOnlyList<string> Releases,
    IReadOnlyList<string> Warnings
);

internal sealed class RepoVerifyCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SeenInputs _seen = new();
    private readonly Option<DateTimeOffset?> _at = SeenInputs.At();
    private readonly Option<bool> _targets = new("--targets")
    {
        Description = "Read every target to its end and verify it, not the metadata alone. Nothing of it is kept.",
    };

    public RepoVerifyCommand(TimeProvider time)
        : base(
            "verify",
            "Be a new host: the client that hosts run refreshes from the trusted root, loads every delegated role, and finds whatever the manifest names. The exit code says what it would say.",
            """
            repo-tools repo verify repo
            repo-tools repo verify repo --at 2027-01-01T00:00:00Z
            repo-tools repo verify https://updates.example.org/repo --trust root.json --targets
            """
        )
    {
        _time = time;
        _seen.AddTo(this);
        Add(_at, _targets);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var address = _seen.Address(args);
        var at = args.GetValue(_at) ?? _time.GetUtcNow();
        var anchor = address.ReadAnchor();
        var store = TemporaryDirectory.Create("repo-tools-verify");
        var transport = address.NewTransport();
        try
        {
            var withTargets = args.GetValue(_targets);
            var view = await SeenInputs.ForPublisherAsync(
                address,
                () =>
                    TransferProgress.ShowAsync(
                        quiet: !withTargets || CommandHost.IsJson(args),
                        progress =>
                        {
                            var client = TufClient.Open(
                                new TufClientOptions
                                {
                                    TrustedRoot = anchor,
                                    MetadataDirectory = store.FullName,
                                    Transport = transport,
                                    MetadataUrl = address.Metadata,
                                    TargetsUrl = address.Targets,
                                    Time = new FixedTime(at),
                                }
                            );
                            return new HostRun(client, progress).RunAsync(withTargets, cancel);
                        }
                    )
            );
            return Report(args, AnswerOf(address, at, view), view);
        }
        finally
        {
            (transport as IDisposable)?.Dispose();
            store.Delete(recursive: true);
        }
    }

    private static VerifyAnswer AnswerOf(RepositoryAddress address, DateTimeOffset at, HostView view) =>
        new(
            address.Text,
            at,
            view.Refused.Count == 0,
            view.Refresh.RootVersion,
            view.Refresh.TimestampVersion,
            view.Refresh.SnapshotVersion,
            view.Refresh.TargetsVersion,
            view.Delegated,
            view.Targets,
            view.Length,
            view.Read,
            view.Refused,
            [.. Newest(view.Manifest).Select(release => release.ToString())],
            view.Refresh.Warnings
        );

    private static IEnumerable<Release> Newest(Manifest? manifest) =>
        manifest is null
            ? []
            : manifest
                .Updates.GroupBy(ReleaseEdits.Family, StringComparer.Ordinal)
                .OrderBy(family => family.Key, StringComparer.Ordinal)
                .Select(family => ReleaseEdits.Newest(manifest.Updates, family.First()))
                .OfType<Release>();

    private static int Report(ParseResult args, VerifyAnswer answer, HostView view)
    {
        Answer.Print(args, answer, AnswersJson.Default.VerifyAnswer, Text(answer, view));
        foreach (var refused in answer.Refused)
        {
            Answer.Note(refused.Why);
        }

        var isGone = answer.Refused.All(r => r.Code is "tuf-not-found" or "image-missing");
        return (int)(
            answer.Accepted ? ExitCode.Done
            : isGone ? ExitCode.NotFound
            : ExitCode.Verification
        );
    }

    private static string Text(VerifyAnswer answer, HostView view)
    {
        var verdict = answer.Accepted
            ? "a host would take it"
            : $"a host would refuse {answer.Refused.Count} of its targets";
        var read = answer.Read > 0 ? $"{answer.Read} of them read and verified" : "not read: --targets would";
        var releases =
            view.Manifest is null ? "no releases"
            : answer.Releases.Count == 0 ? "no release that a host would choose"
            : "newest: " + string.Join(", ", answer.Releases);
        var paused = view.Manifest?.Paused is { } reason ? $"\nEverything is paused: {reason}" : "";
        return $"""
            {answer.Repository}: {verdict}, judged at {Times.Instant(answer.At)}
            root {answer.Root}, timestamp {answer.Timestamp}, snapshot {answer.Snapshot}, targets {answer.TargetsRole}, {answer.DelegatedRoles} delegated role(s)
            {answer.Targets} target(s), {Bytes.Text(answer.Length)}, {read}
            {releases}{paused}{string.Concat(answer.Warnings.Select(w => $"\nWarning: {w}"))}
            """;
    }
}
