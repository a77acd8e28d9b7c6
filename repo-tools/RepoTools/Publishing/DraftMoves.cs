using System.Security.Cryptography;
using UpdateEngine;

namespace RepoTools.Publishing;

/// <summary>A file that a publish makes visible.</summary>
/// <param name="From">Where it is; the same as <paramref name="To"/> when an interrupted publish has moved it already.</param>
/// <param name="To">Where readers will find it.</param>
internal sealed record FileMove(string From, string To);

/// <summary>Finds the files of a draft, and makes sure that they are what was added.</summary>
internal static class DraftMoves
{
    public static IEnumerable<FileMove> OfReleases(
        Workspace workspace,
        IEnumerable<KeyValuePair<string, DraftFile>> files
    ) =>
        files.Select(f =>
            Checked(workspace.DraftFile(f.Key), workspace.Target(f.Key, f.Value.Sha256), f.Value)
            ?? throw Missing(f.Key)
        );

    /// <summary>The targets of no release, but for those whose files are served from elsewhere.</summary>
    public static IEnumerable<FileMove> OfTargets(Workspace workspace, DraftRoles draft) =>
        from changes in draft.Targets.Values
        from change in changes
        let target = change.Value
        where target is { Elsewhere: false }
        select Checked(
            workspace.DraftTarget(change.Key, target.Sha256),
            workspace.Target(change.Key, target.Sha256),
            new DraftFile(target.Length, target.Sha256)
        )
            ?? throw new UpdateException(
                ErrorCodes.FileMissing,
                $"The file of the target {change.Key} is neither in the draft nor published.",
                "Add it again with `repo-tools target add`."
            );

    public static UpdateException Missing(string name) =>
        new(
            ErrorCodes.ImageMissing,
            $"The manifest names {name}, but there is no such file in the repository or its draft.",
            "Remove the release or the migration step that names it, and add it again."
        );

    /// <summary>Where a file of the draft is now. Null when it is nowhere.</summary>
    private static FileMove? Checked(string from, string to, DraftFile file)
    {
        var path = File.Exists(from) ? from : to;
        if (!File.Exists(path))
        {
            return null;
        }

        using var stream = File.OpenRead(path);
        if (
            stream.Length == file.Length
            && string.Equals(Convert.ToHexStringLower(SHA256.HashData(stream)), file.Sha256, StringComparison.Ordinal)
        )
        {
            return new FileMove(path, to);
        }

        throw new UpdateException(
            ErrorCodes.ImageCorrupt,
            $"{path} is not what was added to the draft.",
            "Remove it from the draft and add it again."
        );
    }
}
