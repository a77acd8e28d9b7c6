using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine.Releases;

namespace RepoTools.Commands;

/// <summary>A change to one release of the draft: finds it, changes it under the lock, says what is next.</summary>
internal abstract class ReleaseChangeCommand : DraftCommand
{
    private readonly ReleaseSelector _selector = new();

    protected ReleaseChangeCommand(string name, string description, string examples)
        : base(name, description, examples) => Add(_selector.Options);

    /// <returns>The release before and after.</returns>
    protected (Release Before, Release After) Edit(ParseResult args, Func<Release, Release> change)
    {
        Release? after = null;
        var (before, _) = EditAll(
            args,
            (releases, release) => ReleaseEdits.Replace(releases, release, after = change(release))
        );
        return (before, after!);
    }

    /// <summary>For a change that reaches other releases too.</summary>
    /// <returns>The release as it was, and every release as <paramref name="change"/> left them.</returns>
    protected (Release Release, IReadOnlyList<Release> After) EditAll(
        ParseResult args,
        Func<IReadOnlyList<Release>, Release, IReadOnlyList<Release>> change
    )
    {
        Release? found = null;
        IReadOnlyList<Release> after = [];
        Change(
            args,
            manifest =>
            {
                found = _selector.Find(args, manifest.Updates);
                return manifest with { Updates = after = change(manifest.Updates, found) };
            }
        );
        return (found!, after);
    }
}
