using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class ReleaseSetMaxVersionCommand : DraftCommand
{
    private readonly ReleaseSelector _selector = new();
    private readonly Option<SemanticVersion?> _max = Inputs.Version(
        "--max-version",
        "The highest version that hosts may run.",
        required: true
    );

    public ReleaseSetMaxVersionCommand()
        : base(
            "set-max-version",
            "Set max_version for all releases of a variant and architecture: nothing above it is taken, and hosts that run something above it go down "
                + "to the best that is offered. The next `release add`, `recall`, `restore` or `remove` sets it to the newest again.",
            """
            repo-tools release set-max-version repo --max-version 1.1.0
            repo-tools release set-max-version repo --max-version 1.1.0 --variant demo --arch x86_64
            """
        )
    {
        Add(_selector.FamilyOptions);
        Add(_max);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var max = args.GetRequiredValue(_max)!;
        Release? like = null;
        Change(
            args,
            manifest =>
            {
                like = _selector.FindFamily(args, manifest.Updates);
                return manifest with { Updates = ReleaseEdits.SetMaxVersion(manifest.Updates, like, max) };
            }
        );
        return Report(args, ReleaseEdits.Family(like!), $"has the max_version {max} (was {like!.MaxVersion})");
    }
}

/// <summary>Sets one field of a release, or clears it with --clear: exactly one of the two.</summary>
internal abstract class ReleaseFieldCommand<T> : ReleaseChangeCommand
{
    private readonly Option<T> _value;
    private readonly Option<bool> _clear = new("--clear") { Description = "Take the field out again." };

    protected ReleaseFieldCommand(string name, string description, string examples, Option<T> value)
        : base(name, description, examples)
    {
        _value = value;
        Add(_value, _clear);
    }

    /// <returns>null for --clear.</returns>
    protected T? Value(ParseResult args)
    {
        var given = args.GetResult(_value) is { Implicit: false };
        return given != args.GetValue(_clear)
            ? args.GetValue(_value)
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"release {Name} needs either {_value.Name} or --clear.",
                $"See `repo-tools release {Name} --help`."
            );
    }
}

internal sealed class ReleaseSetMinVersionCommand()
    : ReleaseFieldCommand<SemanticVersion?>(
        "set-min-version",
        "Set the version that a host must run at least to take a release; an older one steps through another release first.",
        """
        repo-tools release set-min-version repo --version 2.0.0 --min-version 1.4.0
        repo-tools release set-min-version repo --version 2.0.0 --clear
        """,
        Inputs.Version("--min-version", "The least version that takes it.")
    )
{
    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var least = Value(args);
        var (before, all) = EditAll(
            args,
            (releases, r) => ReleaseEdits.Replace(releases, r, ReleaseHolds.SetMinVersion(r, least))
        );
        if (!ReleaseHolds.HasStep(all, before with { MinVersion = least }))
        {
            Answer.Note(
                $"Warning: hosts older than {least} are cut off until a release from {least} up to {before.Version} is offered that they can take."
            );
        }

        return Report(args, before.ToString(), least is null ? "has no min_version" : $"has the min_version {least}");
    }
}

internal sealed class ReleaseDeadlineCommand()
    : ReleaseFieldCommand<DateTimeOffset?>(
        "deadline",
        "Set the instant after which maintenance windows no longer hold a release back. Waves still do.",
        """
        repo-tools release deadline repo --version 1.2.0 --at 2026-12-01T00:00:00Z
        repo-tools release deadline repo --version 1.2.0 --clear
        """,
        Inputs.Instant("--at", "When the windows end.")
    )
{
    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var at = Value(args)?.ToSecond();
        var (before, _) = Edit(args, r => r with { Deadline = at });
        return Report(
            args,
            before.ToString(),
            at is { } instant ? $"has the deadline {Times.Instant(instant)}" : "has no deadline"
        );
    }
}

internal sealed class ReleaseNotesCommand()
    : ReleaseFieldCommand<string>(
        "notes",
        "Set the line for operators that the manifest carries with a release.",
        """
        repo-tools release notes repo --version 1.2.0 --text "Fixes the clock"
        repo-tools release notes repo --version 1.2.0 --clear
        """,
        Inputs.Line("--text", "The line.")
    )
{
    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var text = Value(args);
        var (before, _) = Edit(args, r => r with { Notes = text });
        return Report(args, before.ToString(), text is null ? "has no notes" : "has new notes");
    }
}
