using RepoTools.Publishing;
using RepoTools.Roots;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <summary>What a payload says, in words: read before it is signed.</summary>
internal static class PayloadText
{
    public static string Of(MetadataDocument document)
    {
        var view = Published.View(document);
        switch (document.Type)
        {
            case Roles.Root:
                return Keys(document.ToRoot());
            case Roles.Targets:
                return $"{TargetsMetadata.Parse(view).Targets.Count} target(s)\n";
            case Roles.Snapshot:
                var meta = SnapshotMetadata.Parse(view).Meta.Select(m => $"{m.Key} version {m.Value.Version}");
                return string.Join('\n', meta) + "\n";
            default:
                return $"snapshot.json version {TimestampMetadata.Parse(view).Snapshot.Version}\n";
        }
    }

    // Whole ids: this is what people compare before they sign.
    private static string Keys(RootMetadata root)
    {
        var table = new TextTable("ROLE", "SIGNATURES NEEDED", "KEY");
        foreach (var role in RootRules.TopLevel)
        {
            var needed = $"{root.Roles[role].Threshold} of {root.Roles[role].KeyIds.Count}";
            foreach (var (index, id) in root.Roles[role].KeyIds.Index())
            {
                table.Add(index == 0 ? role : "", index == 0 ? needed : "", id);
            }
        }

        return table.ToString();
    }
}
