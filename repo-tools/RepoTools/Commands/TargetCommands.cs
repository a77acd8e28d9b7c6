using System.CommandLine;
using RepoTools.Delegating;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed record TargetAnswer(string Target, string Role, string Change);

/// <param name="Length">In bytes.</param>
/// <param name="Waits">It waits in the draft.</param>
internal sealed record ListedTarget(string Name, string Role, long Length, string? Sha256, bool Waits);

internal sealed record TargetListAnswer(string Repository, IReadOnlyList<ListedTarget> Targets);

internal sealed class TargetRemoveCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Argument<string> _target = new("NAME") { Description = "The target's name." };
    private readonly Option<string> _role = new("--role")
    {
        Description = "The role that lists it. Without it the role that a client would find it in.",
        HelpName = "ROLE",
    };

    public TargetRemoveCommand()
        : base(
            "remove",
            "Take a target out of its role, in the draft. Its file stays for hosts that are still fetching it.",
            "repo-tools target remove repo apps/app-1.2.0.tar.zst"
        )
    {
        Add(_directory);
        Add(_target);
        Add(_role);
        Add(_trust);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var name = Inputs.TargetName(args.GetRequiredValue(_target));
        using var only = PublisherLock.ForChange(workspace, DryRun.IsAsked(args));
        var now = Published.Read(workspace);
        var targets = new TargetEdits(workspace, RoleView.Open(workspace, now), Draft.Open(workspace, now));
        var role = targets.Remove(name, args.GetValue(_role));
        if (only is not null)
        {
            targets.Save();
        }

        return Task.FromResult(
            DryRun.Print(
                args,
                new TargetAnswer(name.Value, role, "removed"),
                AnswersJson.Default.TargetAnswer,
                $"{name} is removed from {role} in the draft.",
                $"repo-tools publish {workspace.Root} ..."
            )
        );
    }
}

internal sealed class TargetListCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Option<string> _role = new("--role")
    {
        Description = "Only the targets of this role, or of the roles that a pattern matches.",
        HelpName = "ROLE",
    };

    public TargetListCommand()
        : base(
            "list",
            "Print the targets of all roles, as they will be once the draft is published.",
            """
            repo-tools target list repo
            repo-tools target list repo --role "bin-*" --json
            """
        )
    {
        Add(_directory);
        Add(_role);
        Add(_trust);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var view = RoleView.Open(workspace, Published.Read(workspace));
        var pattern = args.GetValue(_role) is { } text ? new RolePattern(text) : null;
        var roles = RoleGraph.Walk(view.DelegationsOf, (_, bins) => bins.Names()).Roles.Prepend(Roles.Targets);
        ListedTarget[] targets = [.. roles.Where(r => pattern?.Matches(r) ?? true).SelectMany(r => Of(view, r).Values)];
        var answer = new TargetListAnswer(workspace.Root, targets);
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.TargetListAnswer, Text(answer)));
    }

    private static SortedDictionary<string, ListedTarget> Of(RoleView view, string role)
    {
        var listed = new SortedDictionary<string, ListedTarget>(StringComparer.Ordinal);
        foreach (
            var (name, file) in view.Published.Find(role)?.Metadata.Targets ?? new Dictionary<string, TargetFile>()
        )
        {
            file.Hashes.Values.TryGetValue("sha256", out var digest);
            listed[name] = new ListedTarget(name, role, file.Length, digest, false);
        }

        if (view.Draft.Targets.TryGetValue(role, out var changes))
        {
            foreach (var (name, target) in changes)
            {
                listed.Remove(name);
                if (target is not null)
                {
                    listed[name] = new ListedTarget(name, role, target.Length, target.Sha256, true);
                }
            }
        }

        return listed;
    }

    private static string Text(TargetListAnswer answer)
    {
        var table = new TextTable("TARGET", "ROLE", "SIZE", "");
        foreach (var target in answer.Targets)
        {
            table.Add(target.Name, target.Role, Bytes.Text(target.Length), target.Waits ? "in the draft" : "");
        }

        return answer.Targets.Count == 0 ? "No targets. Add one with `repo-tools target add`." : table.ToString();
    }
}
