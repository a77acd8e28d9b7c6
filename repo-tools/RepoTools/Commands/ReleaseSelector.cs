using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine.Releases;

namespace RepoTools.Commands;

/// <summary>The options that name a release: its version, and variant and architecture where several have that version.</summary>
internal sealed class ReleaseSelector
{
    private readonly Option<SemanticVersion?> _version;
    private readonly Option<string> _variant = Inputs.Text("--variant", "Its variant, where several could be meant.");
    private readonly Option<string> _arch = Inputs.Text("--arch", "Its architecture, where several could be meant.");

    public ReleaseSelector(bool required = true, string description = "Version of the release.") =>
        _version = Inputs.Version("--version", description, required);

    public Option[] Options => [_version, _variant, _arch];

    /// <summary>Without the version: for what holds for a whole variant and architecture.</summary>
    public Option[] FamilyOptions => [_variant, _arch];

    public bool IsVersionGiven(ParseResult args) => args.GetValue(_version) is not null;

    public bool IsAnyGiven(ParseResult args) => Options.Any(o => args.GetResult(o) is { Implicit: false });

    public Release Find(ParseResult args, IReadOnlyList<Release> releases) =>
        ReleaseEdits.Find(releases, args.GetRequiredValue(_version)!, args.GetValue(_variant), args.GetValue(_arch));

    /// <summary>Some release of the one variant and architecture that is meant.</summary>
    public Release FindFamily(ParseResult args, IReadOnlyList<Release> releases) =>
        ReleaseEdits.FindFamily(releases, args.GetValue(_variant), args.GetValue(_arch));

    /// <summary>Every release that fits what is given; all of them when nothing is.</summary>
    public IReadOnlyList<Release> FindAll(ParseResult args, IReadOnlyList<Release> releases) =>
        ReleaseEdits.FindAll(releases, args.GetValue(_version), args.GetValue(_variant), args.GetValue(_arch));
}
