using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed class RootCreateCommand : ToolCommand
{
    private static readonly string[] s_roles = [Roles.Root, Roles.Targets, Roles.Snapshot, Roles.Timestamp];

    private readonly TimeProvider _time;
    private readonly Option<string> _out = Inputs.File("--out", "Where the root metadata goes.", required: true);
    private readonly Option<Duration> _expires = Inputs.Duration(
        "--expires",
        "How long the root holds.",
        TimeSpan.FromDays(365)
    );
    private readonly Option<bool> _force = new("--force")
    {
        Description = "Replace the file if it exists, and insist where a refusal says that this is possible.",
    };
    private readonly Dictionary<string, (Option<string[]> Keys, Option<int> Threshold)> _grants = [];

    public RootCreateCommand(TimeProvider time)
        : base(
            "create",
            "Make root metadata: which keys sign what. Private or public keys will do; it is signed by `root sign`.",
            """
            repo-tools root create --out root.json --root-key keys/root1.pub.pem --root-key keys/root2.pub.pem --root-threshold 2 --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            repo-tools root sign root.json --key keys/root1.pem --key keys/root2.pem
            """
        )
    {
        _time = time;
        Add(_out);
        foreach (var role in s_roles)
        {
            _grants[role] = (Inputs.Keys($"--{role}-key", $"A key that may sign {role}."), Inputs.Threshold(role));
            Add(_grants[role].Keys);
            Add(_grants[role].Threshold);
        }
        Add(_expires);
        Add(_force);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_out);
        if (File.Exists(path) && !args.GetValue(_force))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{path} exists already.",
                "Choose another name, or replace it with --force."
            );
        }

        var grants = s_roles.Select(role => Grant(args, role)).ToArray();
        var root = RootFile.Create(grants, (_time.GetUtcNow() + args.GetValue(_expires).Time).ToSecond());
        RootRules.Require(RootRules.Content(root.ToRoot(), _time.GetUtcNow()), args.GetValue(_force));
        if (!DryRun.IsAsked(args))
        {
            Files.Write(path, root.ToBytes());
        }

        var answer = RootReport.Of(root, path, null, _time.GetUtcNow());
        var text = RootReport.Text(answer, _time.GetUtcNow());
        return Task.FromResult(
            DryRun.Print(args, answer, AnswersJson.Default.RootAnswer, text, RootReport.Next(answer, null))
        );
    }

    private RoleGrant Grant(ParseResult args, string role) =>
        new(role, Inputs.PublicKeys(args, _grants[role].Keys), args.GetValue(_grants[role].Threshold));
}
