using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <param name="Version">null when the role was not published yet.</param>
internal sealed record RoleStatus(
    string Role,
    long? Version,
    DateTimeOffset? Expires,
    bool Expired,
    int Signatures,
    long Threshold,
    IReadOnlyList<string> KeyIds
);

/// <param name="Delegated">In the order of trust.</param>
/// <param name="Releases">Published; 0 where the manifest can't be read.</param>
/// <param name="Paused">Why the whole manifest is paused.</param>
/// <param name="Faults">What hosts would miss: files that are gone, roles that can't be read.</param>
internal sealed record StatusAnswer(
    string Repository,
    IReadOnlyList<RoleStatus> Roles,
    IReadOnlyList<RoleStatus> Delegated,
    int Releases,
    string? Paused,
    bool DraftWaits,
    IReadOnlyList<string> Faults
);

internal sealed class StatusCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();

    private readonly Option<string> _trust = TrustInputs.Trust();

    public StatusCommand(TimeProvider time)
        : base(
            "status",
            "Print versions, expiries and signatures of all roles, what hosts would miss, and whether a draft waits.",
            "repo-tools status repo"
        )
    {
        _time = time;
        Add(_directory);
        Add(_trust);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var now = Published.Read(workspace);
        RoleStatus[] roles =
        [
            Of(now.Root, Roles.Root, now.Root),
            Of(now.Root, Roles.Targets, now.Targets),
            Of(now.Root, Roles.Snapshot, now.Snapshot),
            Of(now.Root, Roles.Timestamp, now.Timestamp),
        ];
        var delegated = new DelegatedStatus(workspace, now, _time.GetUtcNow());
        var faults = delegated.Faults.ToList();
        var manifest = new Manifest();
        try
        {
            manifest = now.ReadManifest(workspace);
        }
        catch (UpdateException fault)
        {
            faults.Add(fault.Message);
        }

        var answer = new StatusAnswer(
            workspace.Root,
            roles,
            delegated.Roles,
            manifest.Updates.Count,
            manifest.Paused,
            File.Exists(workspace.DraftManifest) || File.Exists(workspace.DraftRoles),
            faults
        );
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.StatusAnswer, Text(answer)));
    }

    private RoleStatus Of(MetadataDocument root, string role, MetadataDocument? document)
    {
        var keys = root.ToRoot().Roles[role];
        var signatures = document?.CountValidSignatures(root, role) ?? 0;
        var expired = document?.Expires <= _time.GetUtcNow();
        return new RoleStatus(
            role,
            document?.Version,
            document?.Expires,
            expired,
            signatures,
            keys.Threshold,
            [.. keys.KeyIds]
        );
    }

    private string Text(StatusAnswer answer)
    {
        var table = new TextTable("ROLE", "VERSION", "EXPIRES", "SIGNATURES", "KEYS");
        foreach (var role in answer.Roles.Concat(DelegatedStatus.Shown(answer.Delegated)))
        {
            table.Add(
                role.Role,
                role.Version?.ToString() ?? "-",
                Expiry(role),
                $"{role.Signatures} of {role.Threshold}",
                Keys(role)
            );
        }

        var draft = answer.DraftWaits ? "a draft waits for `repo-tools publish`" : "no draft";
        var rest = answer.Delegated.Count - DelegatedStatus.Shown(answer.Delegated).Count;
        var more = rest > 0 ? $"and {rest} more delegated roles that are in order (--json lists them)\n" : "";
        var paused = answer.Paused is { } reason ? $"\nEverything is paused: {reason}" : "";
        var faults = string.Concat(answer.Faults.Select(fault => $"\nMISSING: {fault}"));
        return $"{table}{more}\n{answer.Releases} release(s) published, {draft}{paused}{SignAnew(answer)}{faults}";
    }

    private static string SignAnew(StatusAnswer answer)
    {
        var roles = answer
            .Roles.Concat(answer.Delegated)
            .Where(r => r.Version is not null && r.Signatures < r.Threshold)
            .Select(r => r.Role);
        var names = string.Join(", ", roles);
        return names.Length == 0
            ? ""
            : $"\nHosts refuse this repository until {names} is signed anew: run `repo-tools publish`.";
    }

    private string Expiry(RoleStatus role) =>
        role.Expires switch
        {
            null => "not published",
            { } at when role.Expired => $"EXPIRED {Times.Instant(at)}",
            { } at => $"{Times.Instant(at)} ({Times.In(at - _time.GetUtcNow())})",
        };

    private static string Keys(RoleStatus role) => string.Join(", ", role.KeyIds.Select(RootReport.Short));
}
