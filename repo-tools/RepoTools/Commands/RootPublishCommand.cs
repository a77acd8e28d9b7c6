using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Roots;

namespace RepoTools.Commands;

/// <param name="SignAnew">Roles whose published files the keys of this root have not signed.</param>
internal sealed record RootPublishAnswer(string Repository, long Version, IReadOnlyList<string> SignAnew);

internal sealed class RootPublishCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Argument<string> _file = RootInputs.File();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Option<bool> _force = RootInputs.Force();

    public RootPublishCommand(TimeProvider time)
        : base(
            "publish",
            "Install the next root in a repository, so that hosts follow it. It must be exactly the next version, signed by the thresholds of the "
                + "repository's newest root and of its own. Where it replaces keys of targets, snapshot or timestamp, `publish --next-root` comes first, so that hosts never refuse anything.",
            """
            repo-tools root publish repo root-2.json
            # Where it replaces the timestamp's key, with everything signed by both keys before:
            repo-tools publish repo --next-root root-2.json --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem --timestamp-key keys/timestamp2.pem
            """
        )
    {
        _time = time;
        Add(_directory);
        Add(_file);
        Add(_trust);
        Add(_force);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var path = args.GetRequiredValue(_file);
        var root = RootFile.Read(path);
        var anew = new RootPublisher(workspace, _time) { IsDryRun = DryRun.IsAsked(args) }.Install(
            root,
            path,
            args.GetValue(_force)
        );
        var answer = new RootPublishAnswer(workspace.Root, root.Version, anew);
        return Task.FromResult(
            DryRun.Print(args, answer, AnswersJson.Default.RootPublishAnswer, Text(answer), Next(answer))
        );
    }

    private static string Text(RootPublishAnswer answer)
    {
        var installed = $"{answer.Repository}: root version {answer.Version} is published";
        return answer.SignAnew.Count == 0
            ? installed
            : $"""
                {installed}
                Its keys have not signed what is published of {string.Join(
                    ", ",
                    answer.SignAnew
                )}: hosts refuse it, and stay as they are, until it is signed anew.
                """;
    }

    private static string? Next(RootPublishAnswer answer) =>
        answer.SignAnew.Count == 0
            ? null
            : $"repo-tools publish {answer.Repository} --targets-key KEY.pem --snapshot-key KEY.pem --timestamp-key KEY.pem";
}
