using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Moving;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed record DownloadAnswer(string Repository, IReadOnlyList<FetchedFile> Files);

internal sealed class DownloadCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SourceInputs _source = new();
    private readonly Argument<string[]> _names = new("NAME")
    {
        Description = "Names of targets.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<SemanticVersion?> _version = Inputs.Version(
        "--release",
        "The images of this release, and the manifest."
    );
    private readonly Option<string> _variant = Inputs.Text("--variant", "Of the release, where several are meant.");
    private readonly Option<string> _arch = Inputs.Text("--arch", "Of the release, where several are meant.");
    private readonly Option<string> _to = new("--to")
    {
        Description = "The directory that gets the files, under the targets' names.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<string> _out = Inputs.File("--out", "The file that gets the one target.");
    private readonly Option<bool> _decompress = new("--decompress")
    {
        Description =
            "Decode zstd and lz4 on the way, and take .zst and .lz4 off the names. Then an interrupted download begins anew.",
    };
    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "Replace files that have another content.",
    };

    public DownloadCommand(TimeProvider time)
        : base(
            "download",
            "Fetch targets of a repository into files, verified as a host would from a root that you trust. What was interrupted is gone on with, and "
                + "what is there already is not fetched again.",
            """
            repo-tools download repo apps/hello.txt --to /tmp/inbox
            repo-tools download https://updates.example.org --trust root.json --release 1.2.0 --to /tmp/inbox
            # The images as they will lie on a disk, and one of them alone:
            repo-tools download repo --release 1.2.0 --variant demo --arch x86_64 --decompress --to /tmp/inbox
            repo-tools download repo demo-x86_64-1.2.0-root.img.zst --decompress --out root.img
            """
        )
    {
        _time = time;
        _source.AddTo(this);
        Add(_names);
        Add([_version, _variant, _arch, _to, _out, _decompress, _overwrite, DryRun.NewOption()]);
        Validators.Add(result =>
        {
            var names = result.GetValue(_names) ?? [];
            if (names.Length == 0 && result.GetValue(_version) is null)
            {
                result.AddError("Say what: NAME, or --release VERSION");
            }
            else if (result.GetValue(_out) is not null && (names.Length != 1 || result.GetValue(_version) is not null))
            {
                result.AddError("--out is for one NAME; give --to DIR");
            }
        });
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        SeenInputs.ForPublisherAsync(_source.Address(args), () => DownloadAsync(args, cancel));

    private async Task<int> DownloadAsync(ParseResult args, CancellationToken cancel)
    {
        using var repository = await _source.OpenAsync(args, _time, cancel);
        var fetch = new TargetFetch(repository, args.GetValue(_decompress), args.GetValue(_overwrite))
        {
            IsDryRun = DryRun.IsAsked(args),
        };
        var wanted = await FindAsync(args, repository, cancel);
        var files = await TransferProgress.ShowAsync(
            CommandHost.IsJson(args) || fetch.IsDryRun,
            async progress =>
            {
                var done = new List<FetchedFile>();
                foreach (var (target, raw) in wanted)
                {
                    var path = PathOf(args, fetch, target.Name);
                    done.Add(await fetch.FetchAsync(new WantedFile(target, path, raw), progress, cancel));
                }

                return done;
            }
        );
        var answer = new DownloadAnswer(repository.Address.Text, files);
        return DryRun.Print(args, answer, AnswersJson.Default.DownloadAnswer, Text(answer));
    }

    private string PathOf(ParseResult args, TargetFetch fetch, string target)
    {
        if (args.GetValue(_out) is { } file)
        {
            Files.RequireParent(file);
            return file;
        }

        var (to, name) = (args.GetRequiredValue(_to), fetch.NameOf(target));
        return fetch.IsDryRun ? PlainPath.Require(to, name) : PlainPath.Below(to, name);
    }

    private async Task<List<(TargetFile Target, RawImage? Raw)>> FindAsync(
        ParseResult args,
        VerifiedRepository repository,
        CancellationToken cancel
    )
    {
        var names = args.GetValue(_names) ?? [];
        var raws = names
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(n => n, _ => (RawImage?)null, StringComparer.Ordinal);
        var version = args.GetValue(_version);
        // Single targets need no manifest, but what they decode to is said there.
        var releases =
            version is not null || args.GetValue(_decompress)
                ? (await repository.FindManifestAsync(cancel))?.Updates ?? []
                : [];
        if (version is not null)
        {
            var release = ReleaseEdits.Find(releases, version, args.GetValue(_variant), args.GetValue(_arch));
            raws[Manifest.DefaultTargetName] = null;
            foreach (var name in release.Images.Values)
            {
                raws[name] = null;
            }
        }

        foreach (var release in releases)
        {
            foreach (var (role, name) in release.Images.Where(image => raws.ContainsKey(image.Value)))
            {
                raws[name] ??= release.Raw?.GetValueOrDefault(role);
            }
        }

        var found = new List<(TargetFile, RawImage?)>();
        foreach (var (name, raw) in raws)
        {
            var target =
                await repository.Client.FindTargetAsync(Inputs.TargetName(name), cancel)
                ?? throw new UpdateException(
                    ErrorCodes.TargetMissing,
                    $"{repository.Address.Text} has no target {name} that a host would find.",
                    "See `repo-tools target list`, or give --release for the images of a release."
                );
            found.Add((target, raw));
        }

        return found;
    }

    private static string Text(DownloadAnswer answer)
    {
        var table = new TextTable("FILE", "SIZE", "");
        foreach (var file in answer.Files)
        {
            table.Add(
                file.File,
                Bytes.Text(file.Length),
                file.State == TargetFetch.There ? "was there already" : file.State
            );
        }

        return table.ToString();
    }
}
