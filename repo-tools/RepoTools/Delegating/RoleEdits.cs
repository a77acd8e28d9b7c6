using System.Text.Json.Nodes;
using RepoTools.Publishing;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Delegating;

/// <summary>Applies a draft's changes to the metadata of a targets role.</summary>
internal static class RoleEdits
{
    /// <returns>False when the document says all of it already: a publish that was cut off behind its last step has nothing left to do.</returns>
    public static bool Apply(MetadataDocument document, string role, DraftRoles draft)
    {
        var changed = false;
        if (
            draft.Delegations.TryGetValue(role, out var delegations)
            && !JsonNode.DeepEquals(document.Signed["delegations"], delegations)
        )
        {
            changed = true;
            document.Signed.Remove("delegations");
            if (delegations is not null)
            {
                document.Signed["delegations"] = delegations.DeepClone();
            }
        }

        if (draft.Targets.TryGetValue(role, out var targets))
        {
            foreach (var (name, target) in targets)
            {
                changed |= Apply(document, new TargetName(name), target);
            }
        }

        return changed;
    }

    private static bool Apply(MetadataDocument document, TargetName name, DraftTarget? target)
    {
        if (target is null)
        {
            return document.RemoveTarget(name);
        }

        var before = document.Signed["targets"]![name.Value];
        document.SetTarget(name, target.Length, target.Sha256, target.Custom?.DeepClone() as JsonObject);
        return before is null || !JsonNode.DeepEquals(before, document.Signed["targets"]![name.Value]);
    }
}
