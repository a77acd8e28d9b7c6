using System.CommandLine;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>What is known only after compression is null in a dry run.</summary>
internal sealed record AddedImage(string Target, long? Length, string? Sha256, long RawLength, string? RawSha256);

internal sealed record ReleaseAddAnswer(string Release, IReadOnlyDictionary<string, AddedImage> Images);

internal sealed class ReleaseAddCommand : DraftCommand
{
    private readonly TimeProvider _time;
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
    private readonly Option<string> _waveFile = WavesSetCommand.FileOption("--wave-file");
    private readonly Option<string> _compress = new("--compress")
    {
        Description = "zstd, or lz4 for hosts that read nothing else (Bottlerocket's).",
        DefaultValueFactory = _ => Compression.Zstd.Name,
        HelpName = "zstd|lz4",
    };
    private readonly Option<int?> _level = new("--level")
    {
        Description = string.Join(
            "; ",
            Compression.All.Select(c => $"{c.Name}: 1 to {c.MaxLevel}, {c.DefaultLevel} unless given")
        ),
        HelpName = "N",
    };

    public ReleaseAddCommand(TimeProvider time)
        : base(
            "add",
            "Compress the images of a new release into the draft. Nothing is visible before `publish`.",
            """
            repo-tools release add repo --version 1.2.0 --variant demo --arch x86_64 --boot boot.img --root root.img
            repo-tools release add repo --version 1.2.1 --variant demo --arch x86_64 --boot boot.img --root root.img --hash root.verity --wave-policy accelerated --notes "Fixes the clock"
            repo-tools release add repo --version 1.2.2 --variant demo --arch x86_64 --boot boot.img --root root.img --hash root.verity --compress lz4 --wave-file waves.json
            """
        )
    {
        _time = time;
        _policy.DefaultValueFactory = _ => WavePolicy.Default.Name;
        _compress.AcceptOnlyFromAmong([.. Compression.All.Select(c => c.Name)]);
        Add(_version, _variant, _arch, _boot, _root, _hash, _max, _min, _notes, _policy, _waveFile, _start);
        Add(_compress, _level);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (variant, arch, version) = (Named(args, _variant), Named(args, _arch), args.GetRequiredValue(_version)!);
        var (compression, level) = HowHard(args);
        var waves = Waves(args);
        var images = ImageFiles(args);
        ReleaseImages.Check(images);
        using var only = Lock(args);
        var draft = OpenDraft(args);
        RefuseTwice(draft.Manifest, variant, arch, version);

        string TargetName(string role) => ReleaseImages.TargetName(variant, arch, version, role, compression);
        var done = DryRun.IsAsked(args)
            ? []
            : await TransferProgress.ShowAsync(
                CommandHost.IsJson(args),
                progress =>
                    ReleaseImages.CompressAsync(
                        WorkspaceOf(args),
                        images,
                        TargetName,
                        compression,
                        level,
                        progress,
                        cancel
                    )
            );
        foreach (var (role, image) in done)
        {
            draft.Files[TargetName(role)] = new DraftFile(image.Length, image.Sha256);
        }

        var release = new Release
        {
            Variant = variant,
            Arch = arch,
            Version = version,
            MaxVersion = args.GetValue(_max) ?? version,
            MinVersion = args.GetValue(_min),
            Notes = args.GetValue(_notes),
            Waves = waves,
            Images = new(images.ToDictionary(i => i.Key, i => TargetName(i.Key), StringComparer.Ordinal)),
            Raw = new(done.ToDictionary(i => i.Key, i => i.Value.Raw, StringComparer.Ordinal)),
        };
        var updates = ReleaseEdits.Add(draft.Manifest.Updates, release, args.GetValue(_max));
        Keep(args, draft, draft.Manifest with { Updates = updates });
        return Report(args, release, images, done);
    }

    private (Compression Compression, int? Level) HowHard(ParseResult args)
    {
        var (compression, level) = (Compression.Of(args.GetRequiredValue(_compress)), args.GetValue(_level));
        return level is null or > 0 && !(level > compression.MaxLevel)
            ? (compression, level)
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"--level {level} is outside of what {compression.Name} knows.",
                $"Use 1 to {compression.MaxLevel}."
            );
    }

    private SortedDictionary<int, DateTimeOffset> Waves(ParseResult args)
    {
        var start = (args.GetValue(_start) ?? _time.GetUtcNow()).ToSecond();
        if (args.GetValue(_waveFile) is not { } file)
        {
            return WavePolicy.Waves(args.GetRequiredValue(_policy), start);
        }

        return args.GetResult(_policy) is null or { Implicit: true }
            ? WaveFile.Read(file).Waves(start)
            : throw new UpdateException(
                ErrorCodes.Usage,
                "release add takes either --wave-policy or --wave-file.",
                "See `repo-tools release add --help`."
            );
    }

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

    /// <param name="done">What compression made of them; nothing in a dry run.</param>
    private int Report(
        ParseResult args,
        Release release,
        SortedDictionary<string, string> images,
        SortedDictionary<string, CompressedImage> done
    )
    {
        var added = images.ToDictionary(
            i => i.Key,
            i => Added(release.Images[i.Key], i.Value, done.GetValueOrDefault(i.Key))
        );
        var table = new TextTable("IMAGE", "RAW", "COMPRESSED", "TARGET");
        foreach (var (role, image) in added)
        {
            var compressed = image.Length is { } length ? Bytes.Text(length) : "-";
            table.Add(role, Bytes.Text(image.RawLength), compressed, image.Target);
        }

        var text = $"{release} is in the draft of {WorkspaceOf(args).Root}\n\n{table}";
        var answer = new ReleaseAddAnswer(release.ToString(), added);
        return DryRun.Print(args, answer, AnswersJson.Default.ReleaseAddAnswer, text, Next(args));
    }

    private static AddedImage Added(string target, string path, CompressedImage? done) =>
        new(target, done?.Length, done?.Sha256, done?.Raw.Length ?? new FileInfo(path).Length, done?.Raw.Sha256);
}
