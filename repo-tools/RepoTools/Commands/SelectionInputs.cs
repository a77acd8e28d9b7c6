using System.CommandLine;
using RepoTools.Moving;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <summary>Which part of a repository is wanted, and what is said of the rest.</summary>
internal sealed class SelectionInputs
{
    private readonly Option<string[]> _releases = new("--release")
    {
        Description =
            "Only the images of this release, the manifest and the files of migrations; repeat it for several releases.",
        HelpName = "VERSION",
    };
    private readonly Option<string> _variant = Inputs.Text("--variant", "Only releases of this variant.");
    private readonly Option<string> _arch = Inputs.Text("--arch", "Only releases of this architecture.");
    private readonly Option<string[]> _targets = new("--target")
    {
        Description = "These other targets too, by name or pattern like apps/*; repeat it for several.",
        HelpName = "NAME",
    };
    private readonly Option<bool> _metadataOnly = new("--metadata-only")
    {
        Description = "No targets, which lie elsewhere or come another way.",
    };
    private readonly Option<bool> _skipMissing = new("--skip-missing")
    {
        Description = "Leave out targets whose files the repository itself does not have.",
    };

    public SelectionInputs()
    {
        _releases.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !SemanticVersion.TryParse(token.Value, out _)))
            {
                result.AddError($"\"{token.Value}\" for --release is not a version like 1.2.0 or 1.2.0-rc.1");
            }
        });
    }

    public Option[] Options => [_releases, _variant, _arch, _targets, _metadataOnly, _skipMissing];

    public bool SkipMissing(ParseResult args) => args.GetValue(_skipMissing);

    public CopySelection Selection(ParseResult args) =>
        Options[..^1].Any(option => args.GetResult(option) is { Implicit: false })
            ? new CopySelection(
                [.. (args.GetValue(_releases) ?? []).Select(Version)],
                args.GetValue(_variant),
                args.GetValue(_arch),
                [.. (args.GetValue(_targets) ?? []).Select(pattern => new PathPattern(pattern))],
                args.GetValue(_metadataOnly)
            )
            : CopySelection.Everything;

    private static SemanticVersion Version(string text) =>
        SemanticVersion.TryParse(text, out var version)
            ? version
            : throw new ArgumentException($"\"{text}\" passed the check of its option.", nameof(text));
}
