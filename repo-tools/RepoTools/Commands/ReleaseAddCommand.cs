using System.CommandLine;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record AddedImage(string Target, long Length, string Sha256, long RawLength, string RawSha256);

internal sealed record ReleaseAddAnswer(string Release, IReadOnlyDictionary<string, AddedImage> Images);

internal sealed class ReleaseAddCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<SemanticVersion?> _version = Inputs.Version(
        "--version",
        "Version of the release.",
        required: true
    );
    private readonly Option<string> _variant = Inputs.Text(
        "--variant",
        "Which product line it is for, as VARIANT_ID in os-release: letters, digits, . _ -",
        required: true
    );
    private readonly Option<string> _arch = Inputs.Text(
        "--arch",
        "x86_64, aarch64, ... in the kernel's words.",
        required: true
    );
    private readonly Option<string> _boot = Inputs.File(
        "--boot",
        "Image of the boot partition: kernel, initramfs, command line.",
        required: true
    );
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "Image of the read-only root file system.",
        required: true
    );
    private readonly Option<string> _hash = Inputs.File("--hash", "Image of the dm-verity tree of root.");
    private readonly Option<SemanticVersion?> _max = Inputs.Version(
        "--max-version",
        "A host that runs something newer goes down to what is offered. Default: the newest release of the variant and architecture."
    );
    private readonly Option<SemanticVersion?> _min = Inputs.Version(
        "--min-version",
        "Hosts older than this must step through another release first."
    );
    private readonly Option<string> _notes = Inputs.Line("--notes", "A line for operators.");
    private readonly Option<string> _policy = WavesSetCommand.PolicyOption("--wave-policy");
    private readonly Option<DateTimeOffset?> _start = Inputs.Instant(
        "--start",
        "When the first wave opens. Default: now."
    );
    private readonly Option<int> _level = new("--level")
    {
        Description = $"How hard zstd tries, 1 to {ImageCompressor.MaxLevel}.",
        DefaultValueFactory = _ => ImageCompressor.DefaultLevel,
        HelpName = "N",
    };

    public ReleaseAddCommand(TimeProvider time)
        : base(
            "add",
            "Compress the images of a new release into the draft. Nothing is visible before `publish`.",
            """
            repo-tools release add repo --version 1.2.0 --variant demo --arch x86_64 --boot boot.img --root root.img
            repo-tools release add repo --version 1.2.1 --variant demo --arch x86_64 --boot boot.img --root root.img --hash root.verity --wave-policy accelerated --notes "Fixes the clock"
            """
        )
    {
        _time = time;
        _policy.DefaultValueFactory = _ => WavePolicy.Default.Name;
        _level.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > ImageCompressor.MaxLevel)
            {
                result.AddError($"--level must be 1 to {ImageCompressor.MaxLevel}");
            }
        });
        Add(_directory);
        foreach (
            var option in (Option[])
                [_version, _variant, _arch, _boot, _root, _hash, _max, _min, _notes, _policy, _start, _level]
        )
        {
            Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory));
        var (variant, arch, version) = (Named(args, _variant), Named(args, _arch), args.GetRequiredValue(_version)!);
        var images = ImageFiles(args);
        ReleaseImages.Check(images);
        _ = Published.Read(workspace);
        using var only = PublisherLock.Take(workspace);
        var draft = Draft.Open(workspace, Published.Read(workspace));
        RefuseTwice(draft.Manifest, variant, arch, version);

        string TargetName(string role) => ReleaseImages.TargetName(variant, arch, version, role);
        var level = args.GetValue(_level);
        var done = await TransferProgress.ShowAsync(
            args.GetValue(CommandHost.Json),
            progress => ReleaseImages.CompressAsync(workspace, images, TargetName, level, progress, cancel)
        );

        foreach (var (role, image) in done)
        {
            draft.Files[TargetName(role)] = new DraftFile(image.Length, image.Sha256);
        }

        var release = NewRelease(args, variant, arch, version, done);
        draft.Save(
            draft.Manifest with
            {
                Updates = ReleaseEdits.Add(draft.Manifest.Updates, release, args.GetValue(_max)),
            }
        );
        return Report(args, workspace, release, done);
    }

    private Release NewRelease(
        ParseResult args,
        string variant,
        string arch,
        SemanticVersion version,
        SortedDictionary<string, CompressedImage> images
    ) =>
        new()
        {
            Variant = variant,
            Arch = arch,
            Version = version,
            MaxVersion = args.GetValue(_max) ?? version,
            MinVersion = args.GetValue(_min),
            Notes = args.GetValue(_notes),
            Waves = WavePolicy.Waves(
                args.GetRequiredValue(_policy),
                (args.GetValue(_start) ?? _time.GetUtcNow()).ToSecond()
            ),
            Images = new(
                images.ToDictionary(
                    i => i.Key,
                    i => ReleaseImages.TargetName(variant, arch, version, i.Key),
                    StringComparer.Ordinal
                )
            ),
            Raw = new(images.ToDictionary(i => i.Key, i => i.Value.Raw, StringComparer.Ordinal)),
        };

    private SortedDictionary<string, string> ImageFiles(ParseResult args)
    {
        var images = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["boot"] = args.GetRequiredValue(_boot),
            ["root"] = args.GetRequiredValue(_root),
        };
        if (args.GetValue(_hash) is { } hash)
        {
            images["hash"] = hash;
        }

        return images;
    }

    private static void RefuseTwice(Manifest manifest, string variant, string arch, SemanticVersion version)
    {
        if (ReleaseEdits.Contains(manifest.Updates, variant, arch, version))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"The release {variant} {version} ({arch}) exists already, and a version never changes its content.",
                "Give the new images a new version."
            );
        }
    }

    /// <summary>These names become file names and parts of URLs.</summary>
    private static string Named(ParseResult args, Option<string> option)
    {
        var name = args.GetRequiredValue(option);
        return
            name.Length is > 0 and <= 64
            && name[0] != '.'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? name
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{name}\" can't be used for {option.Name}.",
                "Use 1 to 64 letters, digits, . _ or -."
            );
    }

    private static int Report(
        ParseResult args,
        Workspace workspace,
        Release release,
        SortedDictionary<string, CompressedImage> images
    )
    {
        var table = new TextTable("IMAGE", "RAW", "COMPRESSED", "TARGET");
        foreach (var (role, image) in images)
        {
            table.Add(role, Bytes.Text(image.Raw.Length), Bytes.Text(image.Length), release.Images[role]);
        }

        var added = images.ToDictionary(
            i => i.Key,
            i => new AddedImage(
                release.Images[i.Key],
                i.Value.Length,
                i.Value.Sha256,
                i.Value.Raw.Length,
                i.Value.Raw.Sha256
            ),
            StringComparer.Ordinal
        );
        var text =
            $"{release} is in the draft of {workspace.Root}\n\n{table}\nNext: repo-tools publish {workspace.Root} ...";
        return Answer.Print(
            args,
            new ReleaseAddAnswer(release.ToString(), added),
            AnswersJson.Default.ReleaseAddAnswer,
            text
        );
    }
}
