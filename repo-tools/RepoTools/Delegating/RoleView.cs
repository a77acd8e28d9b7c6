using System.Text.Json.Nodes;
using RepoTools.Publishing;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Delegating;

/// <summary>The targets roles as they will be once the draft is published: the draft's changes over what is published.</summary>
internal sealed class RoleView(PublishedRoles published, DraftRoles draft)
{
    private readonly Dictionary<string, Delegations?> _delegations = new(StringComparer.Ordinal);

    public PublishedRoles Published => published;

    public DraftRoles Draft => draft;

    public static RoleView Open(Workspace workspace, Published now) =>
        new(new PublishedRoles(workspace, now), DraftRoles.Open(workspace));

    public Delegations? DelegationsOf(string role)
    {
        if (!_delegations.TryGetValue(role, out var delegations))
        {
            delegations = draft.Delegations.ContainsKey(role)
                ? ToEdit(role).ToTargets().Delegations
                : published.Find(role)?.Metadata.Delegations;
            _delegations[role] = delegations;
        }

        return delegations;
    }

    /// <summary>Whether a role has a target itself.</summary>
    public bool Lists(string role, string name) =>
        draft.Targets.TryGetValue(role, out var changes) && changes.TryGetValue(name, out var change)
            ? change is not null
            : published.Find(role)?.Metadata.Targets.ContainsKey(name) ?? false;

    /// <summary>A document with a role's delegations, unknown fields included, for an edit of them.</summary>
    public MetadataDocument ToEdit(string role)
    {
        var document = MetadataDocument.NewTargets(1, DateTimeOffset.UnixEpoch);
        var delegations =
            draft.Delegations.TryGetValue(role, out var changed) ? changed
            : published.Find(role) is { Metadata.Delegations: not null } now
                ? MetadataDocument.Parse(now.Bytes).Signed["delegations"] as JsonObject
            : null;
        if (delegations is not null)
        {
            document.Signed["delegations"] = delegations.DeepClone();
        }

        return document;
    }

    /// <summary>After an edit.</summary>
    public void SetDelegations(string role, MetadataDocument edited)
    {
        draft.Delegations[role] = edited.Signed["delegations"]?.DeepClone() as JsonObject;
        _delegations.Remove(role);
    }

    /// <summary>The graph without bins that share their keys: those delegate to nobody.</summary>
    public RoleGraph NamedRoles() => RoleGraph.Walk(DelegationsOf, (_, _) => []);
}
