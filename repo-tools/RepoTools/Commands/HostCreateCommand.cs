using System.CommandLine;
using RepoTools.Disks;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record HostAnswer(string Host, string Config, string Disk);

internal sealed class HostCreateCommand : ToolCommand
{
    private readonly Argument<string> _directory = new("DIR")
    {
        Description = "The directory that plays the host; its disk lies below it.",
    };
    private readonly Option<string> _disk = Inputs.File("--disk", "The disk image, below DIR.", required: true);
    private readonly Option<string> _repository = Inputs.Text(
        "--repository",
        "Where the repository is served, as `serve` prints it: http://127.0.0.1:8080",
        required: true
    );
    private readonly Option<string> _trust = Inputs.File(
        "--trust",
        "Root metadata that the host trusts from the start.",
        required: true
    );
    private readonly Option<string> _variant = Inputs.Text(
        "--variant",
        "Its variant, where the image does not say it."
    );
    private readonly Option<string> _arch = Inputs.Text("--arch", "Its architecture. Default: that of the machine.");
    private readonly Option<int?> _seed = new("--seed")
    {
        Description = $"Its place in waves, 0 to {WaveSchedule.Seeds - 1}. Default: by its machine id.",
        HelpName = "N",
    };

    public HostCreateCommand()
        : base(
            "create",
            "Make a directory that plays a host, for `updatectl --root DIR`: everything but a machine.",
            """
            repo-tools disk create host/disk.img --version 1.0.0 --variant demo --boot boot.img --root root.img
            repo-tools host create host --disk host/disk.img --repository http://127.0.0.1:8080 --trust root.json --variant demo
            """
        )
    {
        _seed.Validators.Add(result =>
        {
            if (
                result.Tokens.Count > 0
                && (!int.TryParse(result.Tokens[0].Value, out var seed) || seed is < 0 or >= WaveSchedule.Seeds)
            )
            {
                result.AddError($"--seed must be 0 to {WaveSchedule.Seeds - 1}");
            }
        });
        Add(_directory);
        foreach (var option in (Option[])[_disk, _repository, _trust, _variant, _arch, _seed, DryRun.NewOption()])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var directory = args.GetRequiredValue(_directory);
        var trust = args.GetRequiredValue(_trust);
        var paths = new HostPaths(Path.GetFullPath(directory));
        if (File.Exists(paths.Config))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{directory} is a host already.",
                "Choose another directory."
            );
        }
        // Parsed for its refusals; its bytes are kept as they are.
        var anchor = RootFile.ReadBytes(trust);
        _ = RootFile.Parse(anchor, trust);
        var url = Url(args.GetRequiredValue(_repository));
        var disk = DiskBelow(directory, args.GetRequiredValue(_disk));
        var repository = new NewHostRepository($"{url}/metadata", $"{url}/targets");
        var config = new NewHostConfig(
            repository,
            disk,
            args.GetValue(_variant),
            args.GetValue(_arch),
            args.GetValue(_seed)
        );
        if (!DryRun.IsAsked(args))
        {
            HostDirectory.Create(directory, config, anchor);
        }

        return Task.FromResult(
            DryRun.Print(
                args,
                new HostAnswer(directory, paths.Config, disk),
                AnswersJson.Default.HostAnswer,
                $"{directory}: a host with the disk {disk} that follows {url}",
                $"boot-selector --root {directory}, updatectl --root {directory} status"
            )
        );
    }

    private static string Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "file"
            ? text.TrimEnd('/')
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" is no URL for --repository.",
                "Write it like http://127.0.0.1:8080."
            );

    /// <summary>The disk as the host sees it: relative to its directory.</summary>
    private static string DiskBelow(string directory, string disk)
    {
        Files.RequireExists(disk, "Make it with `repo-tools disk create`.");
        var relative = Path.GetRelativePath(Path.GetFullPath(directory), Path.GetFullPath(disk));
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? throw new UpdateException(
                ErrorCodes.Usage,
                $"The disk {disk} does not lie below {directory}.",
                $"Make it there: {Path.Combine(directory, "disk.img")}."
            )
            : relative;
    }
}
