using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>The <c>migrations</c> of a manifest: "(from, to)" to the targets of that step, in their order. Rules on values.</summary>
internal static class MigrationSteps
{
    /// <summary>As the manifest writes it; the space belongs to the format.</summary>
    public static string Key(SemanticVersion from, SemanticVersion to) => $"({from}, {to})";

    /// <summary>migrate_v1.2.0_rename-setting.zst: a name that tells the version, as Bottlerocket's does.</summary>
    /// <param name="file">Of the publisher: any name, or one that is in this form already.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/> when no target name can be made of it.</exception>
    public static string TargetName(string file, SemanticVersion to)
    {
        var name = Path.GetFileName(file);
        var prefix = $"migrate_v{to}_";
        name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        if (name.StartsWith("migrate_v", StringComparison.Ordinal))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{file} is by its name a migration to another version than {to}.",
                "Give it another name, or the step another version."
            );
        }

        return
            name.Length is > 0 and <= 100
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? $"{prefix}{name}.zst"
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"The name of {file} can't be part of a target's name.",
                "Use 1 to 100 letters, digits, . _ or -, beginning with a letter or digit."
            );
    }

    /// <exception cref="UpdateException">
    /// <see cref="ErrorCodes.Usage"/> for a step that does not go up; <see cref="ErrorCodes.AlreadyExists"/> for one that is there, or whose target
    /// another step names.
    /// </exception>
    public static Manifest Add(
        Manifest manifest,
        SemanticVersion from,
        SemanticVersion to,
        IReadOnlyList<string> targets
    )
    {
        if (from >= to)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"A step goes up, and {from} is not below {to}.",
                "Name the older version first; on the way down hosts run the same step backwards."
            );
        }

        if (manifest.Migrations.ContainsKey(Key(from, to)))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"The step from {from} to {to} is there already.",
                "Use `repo-tools migration remove` first."
            );
        }

        var named = manifest
            .Migrations.Values.SelectMany(m => m)
            .Concat(targets)
            .GroupBy(t => t, StringComparer.Ordinal);
        if (named.FirstOrDefault(t => t.Count() > 1 && targets.Contains(t.Key, StringComparer.Ordinal)) is { } twice)
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"The target {twice.Key} is named already, and a target never changes its content.",
                "Give the file another name."
            );
        }

        return manifest with
        {
            Migrations = new(manifest.Migrations) { [Key(from, to)] = [.. targets] },
        };
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.ReleaseMissing"/>.</exception>
    public static Manifest Remove(Manifest manifest, SemanticVersion from, SemanticVersion to)
    {
        var migrations = new SortedDictionary<string, List<string>>(manifest.Migrations);
        return migrations.Remove(Key(from, to))
            ? manifest with
            {
                Migrations = migrations,
            }
            : throw new UpdateException(
                ErrorCodes.ReleaseMissing,
                $"There is no step from {from} to {to}.",
                "See `repo-tools migration list` for those that are there."
            );
    }
}
