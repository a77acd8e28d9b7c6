using System.CommandLine;
using System.Globalization;
using RepoTools.Delegating;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed record DelegationAnswer(
    string Repository,
    string Delegator,
    string Change,
    IReadOnlyList<string> Dropped
);

/// <summary>A change to one role's delegations, in the draft.</summary>
internal abstract class DelegationCommand : ToolCommand
{
    private readonly Option<string> _from = RoleInputs.From();
    private readonly Option<string> _trust = TrustInputs.Trust();

    protected DelegationCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Add(Directory);
    }

    protected Argument<string> Directory { get; } = Inputs.Repository();

    /// <summary>Last of the options.</summary>
    protected void AddFrom()
    {
        Add(_from);
        Add(_trust);
        Add(DryRun.NewOption());
    }

    /// <param name="args">The command line.</param>
    /// <param name="edit">What changes.</param>
    /// <param name="change">In words: "apps added".</param>
    protected Task<int> Edit(ParseResult args, Action<DelegationEdits> edit, string change)
    {
        var workspace = TrustInputs.Workspace(args, Directory, _trust);
        var delegator = args.GetRequiredValue(_from);
        using var only = PublisherLock.ForChange(workspace, DryRun.IsAsked(args));
        var now = Publishing.Published.Read(workspace);
        now.RequireSigned();
        var view = RoleView.Open(workspace, now);
        RequireRole(view, delegator);

        var document = view.ToEdit(delegator);
        edit(new DelegationEdits(delegator, document));
        view.SetDelegations(delegator, document);
        var dropped = DropUnreachable(view);
        if (only is not null)
        {
            view.Draft.Save();
        }

        return Task.FromResult(Report(args, new DelegationAnswer(workspace.Root, delegator, change, dropped)));
    }

    private static void RequireRole(RoleView view, string delegator)
    {
        if (delegator == Roles.Targets || view.NamedRoles().EdgesTo(delegator).Count > 0)
        {
            return;
        }

        throw new UpdateException(
            ErrorCodes.RoleMissing,
            $"{delegator} can't delegate: nobody delegates to it by name. Bins that share their keys (TAP 15) do not delegate further here.",
            "See `repo-tools delegation list` for the roles."
        );
    }

    /// <summary>Changes of roles that nobody delegates to any more would never be read, and a publish would refuse them.</summary>
    private static List<string> DropUnreachable(RoleView view)
    {
        var changed = view.Draft.Targets.Keys.Concat(view.Draft.Delegations.Keys).ToHashSet(StringComparer.Ordinal);
        var graph = RoleGraph.Walk(view.DelegationsOf, (_, bins) => changed.Where(bins.Contains));
        var lost = changed.Where(role => role != Roles.Targets && graph.EdgesTo(role).Count == 0).Order().ToList();
        foreach (var role in lost)
        {
            view.Draft.Targets.Remove(role);
            view.Draft.Delegations.Remove(role);
        }

        return lost;
    }

    private static int Report(ParseResult args, DelegationAnswer answer)
    {
        var dropped =
            answer.Dropped.Count == 0
                ? ""
                : $"\nAlso gone from the draft: the changes of {string.Join(", ", answer.Dropped)}, which nobody delegates to any more.";
        return DryRun.Print(
            args,
            answer,
            AnswersJson.Default.DelegationAnswer,
            $"{answer.Delegator}: {answer.Change}, in the draft.{dropped}",
            $"repo-tools publish {answer.Repository} --role-key ROLE=KEY.pem ..."
        );
    }
}

internal sealed class DelegationAddCommand : DelegationCommand
{
    private readonly Argument<string> _role = RoleInputs.Role("The role that is trusted: letters, digits, . _ or -.");
    private readonly Option<string[]> _keys = RoleInputs.PublicKeys("A public key of the role.");
    private readonly Option<int> _threshold = RoleInputs.Threshold();
    private readonly PathOptions _which = new();
    private readonly Option<bool> _terminating = new("--terminating")
    {
        Description = "A client that asked this role for one of its targets asks nobody after it.",
    };
    private readonly Option<string> _before = new("--before")
    {
        Description = "The role that is to be trusted less than this one; without it the new role comes last.",
        HelpName = "ROLE",
    };

    public DelegationAddCommand()
        : base(
            "add",
            "Trust a role with some of the targets. The order of delegations is the order of trust: the first role that has a target is heard.",
            """
            repo-tools delegation add repo apps --key keys/apps.pub.pem --paths "apps/*" "apps/*/*"
            repo-tools delegation add repo security --key keys/s1.pub.pem --key keys/s2.pub.pem --threshold 2 --paths "apps/*" --terminating --before apps
            repo-tools delegation add repo team --from apps --key keys/team.pub.pem --paths "apps/team/*"
            repo-tools delegation add repo first-half --key keys/half.pub.pem --hash-prefix 0 1 2 3 4 5 6 7
            """
        )
    {
        Add(_role);
        foreach (var option in (Option[])[_keys, _threshold, .. _which.Options, _terminating])
        {
            Add(option);
        }

        AddFrom();
        Add(_before);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var name = args.GetRequiredValue(_role);
        var grant = new KeyGrant(Inputs.PublicKeys(args, _keys), args.GetValue(_threshold));
        var (paths, prefixes) = _which.Of(args, name);
        var role = new DelegatedRole(name, grant.ToRoleKeys(), args.GetValue(_terminating), paths, prefixes);
        return Edit(args, edits => edits.Add(role, grant, args.GetValue(_before)), $"{name} added");
    }
}

internal sealed class DelegationBinsCommand : DelegationCommand
{
    private readonly Option<int> _count = new("--count")
    {
        Description = $"How many bins: a power of two, at most {HashedBins.MaxCount}.",
        HelpName = "N",
        Required = true,
    };
    private readonly Option<string> _prefix = Inputs.Text("--prefix", "How the bins' names begin.", required: true);
    private readonly Option<string[]> _keys = RoleInputs.PublicKeys("A public key of every bin.");
    private readonly Option<int> _threshold = RoleInputs.Threshold();
    private readonly Option<bool> _byPrefix = new("--by-prefix")
    {
        Description = "Name every bin, with its hash prefixes, for clients that do not know TAP 15.",
    };

    public DelegationBinsCommand()
        : base(
            "bins",
            "Spread the targets over many roles by the SHA-256 of their names, so that a client reads one small file of a large repository.",
            """
            repo-tools delegation bins repo --count 1024 --prefix bin --key keys/bins.pub.pem
            # Beside other delegations, and for older clients:
            repo-tools delegation bins repo --count 256 --prefix bin --key keys/bins.pub.pem --by-prefix
            """
        )
    {
        foreach (var option in (Option[])[_count, _prefix, _keys, _threshold, _byPrefix])
        {
            Add(option);
        }

        AddFrom();
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var bits = HashedBins.BitLength(args.GetValue(_count));
        var prefix = args.GetRequiredValue(_prefix);
        var grant = new KeyGrant(Inputs.PublicKeys(args, _keys), args.GetValue(_threshold));
        var change = string.Create(CultureInfo.InvariantCulture, $"{1 << bits} bins {prefix}-* added");
        return Edit(
            args,
            edits =>
            {
                if (args.GetValue(_byPrefix))
                {
                    edits.AddBinsByPrefix(prefix, bits, grant);
                }
                else
                {
                    edits.AddSuccinctBins(prefix, bits, grant);
                }
            },
            change
        );
    }
}
