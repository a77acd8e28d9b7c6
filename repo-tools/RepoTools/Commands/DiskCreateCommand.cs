using System.CommandLine;
using RepoTools.Disks;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record DiskAnswerPartition(string Label, Guid Id, long Size);

internal sealed record DiskAnswer(
    string File,
    long Size,
    string Version,
    bool Formatted,
    IReadOnlyList<DiskAnswerPartition> Partitions
);

internal sealed class DiskCreateCommand : ToolCommand
{
    private const long DefaultBoot = 32 * DiskPlan.MiB;
    private const long DefaultState = 16 * DiskPlan.MiB;

    private readonly Argument<string> _file = new("FILE") { Description = "The disk image to make; sparse." };
    private readonly Option<SemanticVersion?> _version = Inputs.Version(
        "--version",
        "Version of the images; noted in FILE.json.",
        required: true
    );
    private readonly Option<string> _variant = Inputs.Text("--variant", "Variant of the images; noted in FILE.json.");
    private readonly Option<string> _boot = Inputs.File("--boot", "Image of slot A's boot partition.", required: true);
    private readonly Option<string> _root = Inputs.File("--root", "Image of slot A's root partition.", required: true);
    private readonly Option<string> _hash = Inputs.File(
        "--hash",
        "Image of slot A's hash partition; with it both slots get one."
    );
    private readonly Option<string> _firstStage = Inputs.File(
        "--first-stage",
        "Image of an EFI system partition that starts the boot selector; with it the disk boots by itself."
    );
    private readonly Option<long?> _sizeBoot = Inputs.Size("--size-boot", "Size of each boot partition.", DefaultBoot);
    private readonly Option<long?> _sizeRoot = Inputs.Size(
        "--size-root",
        "Size of each root partition. Default: the image and a quarter."
    );
    private readonly Option<long?> _sizeHash = Inputs.Size(
        "--size-hash",
        "Size of each hash partition. Default: the image and a quarter."
    );
    private readonly Option<long?> _sizePrivate = Inputs.Size(
        "--size-private",
        "Size of the engine's own partition.",
        DefaultState
    );
    private readonly Option<long?> _sizeData = Inputs.Size("--size-data", "Size of the data partition.", DefaultState);
    private readonly Option<int> _sector = new("--sector-size")
    {
        Description = "Bytes of a sector: 512 or 4096.",
        DefaultValueFactory = _ => 512,
        HelpName = "BYTES",
    };
    private readonly Option<bool> _force = new("--force") { Description = "Replace the file if it exists." };

    public DiskCreateCommand()
        : base(
            "create",
            "Make a GPT disk image with two slots: the images in slot A, which boots; slot B empty.",
            """
            repo-tools disk create host/disk.img --version 1.0.0 --variant demo --boot boot.img --root root.img
            repo-tools disk create disk.img --version 1.0.0 --boot boot.img --root root.img --hash root.verity --size-root 2G --sector-size 4096
            """
        )
    {
        _sector.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[0].Value is not ("512" or "4096"))
            {
                result.AddError("--sector-size must be 512 or 4096");
            }
        });
        Add(_file);
        foreach (
            var option in (Option[])
                [
                    _version,
                    _variant,
                    _boot,
                    _root,
                    _hash,
                    _firstStage,
                    _sizeBoot,
                    _sizeRoot,
                    _sizeHash,
                    _sizePrivate,
                    _sizeData,
                    _sector,
                    _force,
                    DryRun.NewOption(),
                ]
        )
        {
            Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var version = args.GetRequiredValue(_version)!;
        if (Directory.Exists(path))
        {
            throw new UpdateException(ErrorCodes.AlreadyExists, $"{path} is a directory.", "Choose another name.");
        }

        if (File.Exists(path) && !args.GetValue(_force))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{path} exists already.",
                "Choose another name, or replace it with --force."
            );
        }

        var request = Request(args);
        ReleaseImages.Check(request.Images);
        if (request.FirstStage is { } firstStage)
        {
            ReleaseImages.Check("first stage", firstStage, "Make it with os-image/first-stage.sh --esp.");
        }

        var plan = DiskPlan.Make(request, image => new FileInfo(image).Length, Guid.NewGuid);
        if (DryRun.IsAsked(args))
        {
            return Report(args, path, plan, version, Ext4.FindTool() is not null);
        }

        var formatted = await TransferProgress.ShowAsync(
            CommandHost.IsJson(args),
            progress => DiskImage.WriteAsync(path, plan, progress, cancel)
        );
        new DiskNote(
            new Dictionary<string, SlotNote>(StringComparer.Ordinal)
            {
                ["A"] = new(args.GetValue(_variant), version.ToString()),
            }
        ).Write(path);
        if (!formatted)
        {
            Answer.Note(
                "Warning: mke2fs was not found, so PRIVATE and DATA have no file system. Install e2fsprogs and make the disk again, or format them."
            );
        }

        return Report(args, path, plan, version, formatted);
    }

    private DiskRequest Request(ParseResult args)
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

        return new DiskRequest(
            images,
            args.GetValue(_sizeBoot) ?? DefaultBoot,
            args.GetValue(_sizeRoot),
            args.GetValue(_sizeHash),
            args.GetValue(_sizePrivate) ?? DefaultState,
            args.GetValue(_sizeData) ?? DefaultState,
            args.GetValue(_sector),
            args.GetValue(_firstStage)
        );
    }

    private static int Report(ParseResult args, string path, DiskPlan plan, SemanticVersion version, bool formatted)
    {
        var partitions = plan.Partitions.Select(p => new DiskAnswerPartition(p.Label, p.Id, p.Length!.Value)).ToArray();
        var table = new TextTable("PARTITION", "SIZE", "PARTUUID");
        foreach (var partition in partitions)
        {
            table.Add(partition.Label, Bytes.Text(partition.Size), partition.Id.ToString());
        }

        var answer = new DiskAnswer(path, plan.Length, version.ToString(), formatted, partitions);
        return DryRun.Print(
            args,
            answer,
            AnswersJson.Default.DiskAnswer,
            $"{path}: {Bytes.Text(plan.Length)}, version {version} in slot A\n\n{table}",
            $"repo-tools host create DIR --disk {path} --repository URL --trust ROOT, where DIR is above the disk"
        );
    }
}
