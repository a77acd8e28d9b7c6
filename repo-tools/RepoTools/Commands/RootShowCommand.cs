using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class RootShowCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _file = new("FILE") { Description = "Root metadata." };
    private readonly Option<string> _previous = RootInputs.Previous();

    public RootShowCommand(TimeProvider time)
        : base(
            "show",
            "Print who may sign what, which signatures are valid, and what is still missing. Refuses nothing: that is `root verify`.",
            """
            repo-tools root show root.json
            repo-tools root show root-2.json --previous root.json
            """
        )
    {
        _time = time;
        Add(_file);
        Add(_previous);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var previous = args.GetValue(_previous) is { } old ? RootFile.Read(old) : null;
        var answer = RootReport.Of(RootFile.Read(path), path, previous, _time.GetUtcNow());
        return Task.FromResult(
            Answer.Print(args, answer, AnswersJson.Default.RootAnswer, RootReport.Text(answer, _time.GetUtcNow()))
        );
    }
}

internal sealed class RootVerifyCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _file = new("FILE") { Description = "Root metadata." };
    private readonly Option<string> _previous = RootInputs.Previous();
    private readonly Option<DateTimeOffset?> _at = Inputs.Instant(
        "--at",
        "The time at which expiry is judged. Default: now."
    );

    public RootVerifyCommand(TimeProvider time)
        : base(
            "verify",
            "Check a root as a host would: thresholds of its own keys and of those of the root before, version, expiry. The exit code says it.",
            """
            repo-tools root verify root.json
            repo-tools root verify root-2.json --previous root.json
            repo-tools root verify root.json --at 2027-01-01T00:00:00Z
            """
        )
    {
        _time = time;
        Add(_file);
        Add(_previous);
        Add(_at);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var root = RootFile.Read(path);
        var previous = args.GetValue(_previous) is { } old ? RootFile.Read(old) : null;
        var now = args.GetValue(_at) ?? _time.GetUtcNow();
        var answer = RootReport.Of(root, path, previous, now);
        // A life that ends soon is bad news for a ceremony, not for a host.
        RootRules.RequireSigned(root, path, previous);
        RootRules.Require(
            RootRules.Content(root.ToRoot(), now).Where(f => !f.CanForce || root.Expires <= now),
            force: false
        );
        return Task.FromResult(
            Answer.Print(
                args,
                answer,
                AnswersJson.Default.RootAnswer,
                $"{RootReport.Head(answer)}\nA host would take it."
            )
        );
    }
}
