using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Moving;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <param name="Step">Files of a step may go at once; all of them must be there before the next step begins.</param>
/// <param name="Length">In bytes.</param>
internal sealed record PlannedUpload(int Step, string Path, long Length, string ContentType, string CacheControl);

internal sealed record UploadPlanAnswer(
    string Repository,
    IReadOnlyList<PlannedUpload> Uploads,
    IReadOnlyList<string> LeftOut
);

internal sealed class RepoSyncCommand : ToolCommand
{
    /// <summary>In bytes; a token is a line.</summary>
    private const int MaxAuthorization = 16 * 1024;

    private readonly TimeProvider _time;
    private readonly SourceInputs _source = new();
    private readonly Argument<string?> _destination = new("DESTINATION")
    {
        Description =
            "A directory, or the http:// or https:// address of a server that takes PUT. Not needed with --plan.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly SelectionInputs _selection = new();
    private readonly Option<string> _authorization = new("--authorization")
    {
        Description =
            "Where the value of the Authorization header is, such as \"Bearer TOKEN\": a file, or env:NAME for a variable.",
        HelpName = "FILE",
    };
    private readonly Option<bool> _plan = new("--plan")
    {
        Description =
            "Print what has to be uploaded in which order, with Content-Type and Cache-Control, for another program that does it: a line each, with tabs between.",
    };

    public RepoSyncCommand(TimeProvider time)
        : base(
            "sync",
            "Bring what is published to where hosts read it, in the order in which they may see it: targets, versioned metadata, timestamp.json last. What "
                + "is there already is not sent again; what was sent is read back before the timestamp goes. It never goes back to an older state, and "
                + "takes no file away.",
            """
            repo-tools repo sync repo https://store.example.org/updates --authorization env:STORE_AUTHORIZATION
            repo-tools repo sync repo /srv/www/updates --dry-run
            # For an object store, with a program of its own:
            repo-tools repo sync repo --plan
            """
        )
    {
        _time = time;
        _source.AddTo(this);
        Add(_destination);
        Add([.. _selection.Options, _authorization, _plan, DryRun.NewOption()]);
        Validators.Add(result =>
        {
            if (result.GetValue(_plan) == (result.GetValue(_destination) is not null))
            {
                result.AddError("Say where to: DESTINATION; or --plan, without one");
            }
        });
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        SeenInputs.ForPublisherAsync(_source.Address(args), () => SyncAsync(args, cancel));

    private async Task<int> SyncAsync(ParseResult args, CancellationToken cancel)
    {
        var anchor = _source.Address(args).ReadAnchor();
        using var source = await _source.OpenAsync(args, anchor, _time, null, cancel);
        var plan = await CopyPlan.ReadAsync(source, anchor, _selection.Selection(args), cancel);
        if (args.GetValue(_plan))
        {
            var missing = _selection.SkipMissing(args) ? await MissingAsync(source, plan, cancel) : [];
            return Print(args, source, plan, missing);
        }

        var dryRun = DryRun.IsAsked(args);
        using var destination = Open(args, args.GetValue(_destination)!, dryRun);
        var result = await TransferProgress.ShowAsync(
            CommandHost.IsJson(args) || dryRun,
            progress =>
                new Copier(source, destination, _selection.SkipMissing(args), dryRun).RunAsync(plan, progress, cancel)
        );
        return CopyReport.Print(args, source, destination, plan, result);
    }

    private ICopyDestination Open(ParseResult args, string text, bool dryRun)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            var workspace = new Workspace(text);
            return dryRun ? DirectoryDestination.ForReading(workspace) : DirectoryDestination.ForWriting(workspace);
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" is neither a directory nor an address that could be written to.",
                "Write it like https://store.example.org/updates."
            );
        }

        if (address.UserInfo.Length > 0)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                "A password in an address can be read by everybody on this machine.",
                "Give --authorization with a file, or env:NAME."
            );
        }

        return new HttpDestination(address, _source.Http(args), ReadAuthorization(args, address));
    }

    private string? ReadAuthorization(ParseResult args, Uri address)
    {
        const string Variable = "env:";
        if (args.GetValue(_authorization) is not { } place)
        {
            return null;
        }

        if (address.Scheme is "http" && !address.IsLoopback)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"The secret of --authorization would go to {address.Host} for everybody to read.",
                "Use https://."
            );
        }

        if (place.StartsWith(Variable, StringComparison.Ordinal))
        {
            var name = place[Variable.Length..];
            return Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
                ? value
                : throw new UpdateException(
                    ErrorCodes.Usage,
                    $"There is no variable {name}, which --authorization names.",
                    "Set it to the value of the header, such as \"Bearer TOKEN\"."
                );
        }

        var bytes = Files.Read(place, MaxAuthorization, "It holds the value of the header, such as \"Bearer TOKEN\".");
        SecretText.WarnIfExposed(place, "authorization");
        return SecretText.FirstLine(bytes);
    }

    private static async Task<List<TargetFile>> MissingAsync(
        VerifiedRepository source,
        CopyPlan plan,
        CancellationToken cancel
    )
    {
        var missing = new List<TargetFile>();
        foreach (var target in plan.Selected.Targets)
        {
            try
            {
                await source.RequireTargetAsync(target, cancel);
            }
            catch (NotFoundException)
            {
                missing.Add(target);
            }
        }

        return missing;
    }

    private static int Print(ParseResult args, VerifiedRepository source, CopyPlan plan, List<TargetFile> missing)
    {
        var targets = plan
            .Selected.Targets.Except(missing)
            .Select(target => (Path: CopyPlan.PathOf(target), target.Length));
        var steps = plan
            .Stages.Select(stage => stage.Select(file => (file.Path, Length: (long)file.Bytes.Length)))
            .Prepend(targets)
            .Append([(plan.Timestamp.Path, plan.Timestamp.Bytes.Length)]);
        PlannedUpload[] uploads =
        [
            .. steps
                .Where(step => step.Any())
                .SelectMany(
                    (step, number) =>
                        step.Select(file =>
                        {
                            var stored = StoredAs.Of(file.Path);
                            return new PlannedUpload(number + 1, file.Path, file.Length, stored.Type, stored.Cache);
                        })
                ),
        ];
        var leftOut = CopyReport.LeftOut(plan, [.. missing.Select(target => target.Name)]);
        foreach (var line in CommandHost.IsJson(args) ? [] : leftOut)
        {
            Answer.Note(line);
        }

        return Answer.Print(
            args,
            new UploadPlanAnswer(source.Address.Text, uploads, leftOut),
            AnswersJson.Default.UploadPlanAnswer,
            string.Join('\n', uploads.Select(u => $"{u.Path}\t{u.ContentType}\t{u.CacheControl}"))
        );
    }
}
