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
        return
        [
            .. Of(
                unused.Targets,
                "unreferenced-targets",
                Finding.Note,
                $"are no target any more, or were never completed, below {workspace.Root}",
                "Delete them with `repo-tools repo collect-garbage`, which leaves what hosts may still be fetching."
            ),
            .. Of(
                unused.Metadata,
                "superseded-metadata",
                Finding.Note,
                $"in {workspace.Metadata} are of older versions",
                "Delete them with `repo-tools repo collect-garbage`."
            ),
            .. Of(
                unused.Strange,
                "strange-files",
                Finding.Warning,
                "are served that no repository has",
                "Delete them by hand, once you know where they come from."
            ),
        ];
    }

    private static IEnumerable<Finding> Of(
        IReadOnlyList<string> files,
        string name,
        string severity,
        string what,
        string next
    ) =>
        files is [var first, ..]
            ? [new Finding(name, severity, $"{files.Count} file(s) {what}, the first is {first}.", next)]
            : [];
}
