using RepoTools.Publishing;

namespace RepoTools.Inspecting;

/// <summary>Files of a repository's directory that are missing, of another length, or named by nobody.</summary>
internal sealed class LintFiles(SeenRepository repository, Workspace workspace, DateTimeOffset now)
{
    public IEnumerable<Finding> All() => Targets().Concat(Leftovers());

    private IEnumerable<Finding> Targets()
    {
        var missing = 0;
        string? first = null;
        foreach (var file in repository.TargetsRoles.SelectMany(role => role.Targets!.Targets.Values))
        {
            var path = workspace.Target(file.Name, TargetReader.DigestOf(file));
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                missing++;
                first ??= file.Name;
            }
            else if (info.Length != file.Length)
            {
                yield return new Finding(
                    "target-length",
                    Finding.Error,
                    $"{path} has {info.Length} bytes, but {file.Length} were signed.",
                    "Restore it from a copy, or publish it again."
                );
            }
        }

        if (missing > 0)
        {
            yield return new Finding(
                "target-missing",
                Finding.Error,
                $"{missing} target(s) have no file in {workspace.Targets}, the first is {first}.",
                "If they are served from elsewhere, check with `repo-tools repo verify ADDRESS --targets`; otherwise publish them again."
            );
        }
    }

    private IEnumerable<Finding> Leftovers()
    {
        var unused = new FileSurvey(repository, workspace).Unused(now - FileSurvey.StandardKeep);
        if (unused.Targets.Count > 0)
        {
            yield return new Finding(
                "unreferenced-targets",
                Finding.Note,
                $"{unused.Targets.Count} file(s) in {workspace.Targets} are no target any more.",
                "Delete them with `repo-tools repo collect-garbage`, which leaves what hosts may still be fetching."
            );
        }

        if (unused.Metadata.Count > 0)
        {
            yield return new Finding(
                "superseded-metadata",
                Finding.Note,
                $"{unused.Metadata.Count} file(s) in {workspace.Metadata} are of older versions.",
                "Delete them with `repo-tools repo collect-garbage`."
            );
        }

        if (unused.Strange.Count > 0)
        {
            yield return new Finding(
                "strange-files",
                Finding.Warning,
                $"{unused.Strange.Count} file(s) are served that no repository has, the first is {unused.Strange[0]}.",
                "Delete them by hand, once you know where they come from."
            );
        }
    }
}
