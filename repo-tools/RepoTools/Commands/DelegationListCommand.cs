using System.CommandLine;
using RepoTools.Delegating;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <param name="Delegator">Who trusts it.</param>
/// <param name="Role">The role; for bins their names with a star.</param>
/// <param name="Depth">1 for what the top-level targets delegate.</param>
/// <param name="Version">null when it was not published yet, and for bins.</param>
/// <param name="Bins">null for a role by name.</param>
internal sealed record ListedDelegation(
    string Delegator,
    string Role,
    int Depth,
    long? Version,
    DateTimeOffset? Expires,
    long Threshold,
    IReadOnlyList<string> KeyIds,
    bool Terminating,
    IReadOnlyList<string>? Paths,
    IReadOnlyList<string>? HashPrefixes,
    long? Bins
);

internal sealed record DelegationListAnswer(
    string Repository,
    IReadOnlyList<ListedDelegation> Delegations,
    bool DraftWaits
);

internal sealed class DelegationListCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();

    /// <param name="name">"list" or "show": people expect either.</param>
    public DelegationListCommand(string name)
        : base(
            name,
            "Print who delegates to whom, as it will be once the draft is published, in the order of trust.",
            $"repo-tools delegation {name} repo"
        )
    {
        Add(_directory);
        Add(_trust);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var view = RoleView.Open(workspace, Published.Read(workspace));
        var rows = new List<ListedDelegation>();
        AddRows(rows, view, Roles.Targets, 1, []);
        var answer = new DelegationListAnswer(workspace.Root, rows, view.Draft.IsChanged);
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.DelegationListAnswer, Text(answer)));
    }

    private static void AddRows(
        List<ListedDelegation> rows,
        RoleView view,
        string delegator,
        int depth,
        HashSet<string> shown
    )
    {
        // A role that two others trust has two lines, and what it delegates stands below the first.
        if (!shown.Add(delegator) || view.DelegationsOf(delegator) is not { } delegations)
        {
            return;
        }

        if (delegations.Succinct is { } bins)
        {
            rows.Add(
                new ListedDelegation(
                    delegator,
                    $"{bins.NamePrefix}-*",
                    depth,
                    null,
                    null,
                    bins.Keys.Threshold,
                    [.. bins.Keys.KeyIds],
                    true,
                    null,
                    null,
                    bins.Count
                )
            );
        }

        foreach (var role in delegations.Roles)
        {
            var published = view.Published.Find(role.Name)?.Metadata;
            rows.Add(
                new ListedDelegation(
                    delegator,
                    role.Name,
                    depth,
                    published?.Version,
                    published?.Expires,
                    role.Keys.Threshold,
                    [.. role.Keys.KeyIds],
                    role.Terminating,
                    role.Paths?.Select(p => p.Value).ToArray(),
                    role.PathHashPrefixes,
                    null
                )
            );
            AddRows(rows, view, role.Name, depth + 1, shown);
        }
    }

    private static string Text(DelegationListAnswer answer)
    {
        if (answer.Delegations.Count == 0)
        {
            return "targets delegates to nobody. Begin with `repo-tools delegation add`.";
        }

        var table = new TextTable("ROLE", "VERSION", "EXPIRES", "SIGNATURES", "KEYS", "TARGETS");
        table.Add(Roles.Targets, "", "", "", "", "");
        foreach (var row in answer.Delegations)
        {
            table.Add(
                new string(' ', 2 * row.Depth) + row.Role,
                row.Bins is { } bins ? $"{bins} bins" : row.Version?.ToString() ?? "-",
                row.Expires is { } at ? Times.Instant(at) : "",
                $"{row.Threshold} of {row.KeyIds.Count}",
                string.Join(", ", row.KeyIds.Select(RootReport.Short)),
                TargetsOf(row)
            );
        }

        return table + (answer.DraftWaits ? "\nWith changes that wait for `repo-tools publish`." : "");
    }

    private static string TargetsOf(ListedDelegation row)
    {
        const int Most = 4;
        var prefixes = row.HashPrefixes ?? [];
        var what =
            row.Bins is not null ? "by hash"
            : row.Paths is not null ? string.Join(' ', row.Paths)
            : "hash "
                + string.Join(' ', prefixes.Take(Most))
                + (prefixes.Count > Most ? $" and {prefixes.Count - Most} more" : "");
        return row.Terminating && row.Bins is null ? what + ", terminating" : what;
    }
}
