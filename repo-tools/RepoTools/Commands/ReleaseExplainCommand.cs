using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;

namespace RepoTools.Commands;

/// <param name="Length">As it is fetched, in bytes; null when no role has the target.</param>
/// <param name="RawLength">On the disk, in bytes, where the manifest says it.</param>
/// <param name="State">"right", "missing" or "wrong".</param>
internal sealed record ReleaseImageRow(
    string Image,
    string Target,
    string? Role,
    long? Length,
    long? RawLength,
    string State
);

/// <param name="Chosen">What hosts of this variant and architecture choose once their wave is open; null for nothing.</param>
internal sealed record ReleaseExplainAnswer(
    string Repository,
    string Release,
    string? Chosen,
    IReadOnlyList<ReleaseImageRow> Images,
    WavesAnswer Waves
);

internal sealed class ReleaseExplainCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SeenInputs _seen = new();
    private readonly ReleaseSelector _selector = new();
    private readonly Option<DateTimeOffset?> _at = Inputs.Instant("--at", "The instant to tell of. Default: now.");

    public ReleaseExplainCommand(TimeProvider time)
        : base(
            "explain",
            "Tell of a published release: its images, whether they are there and right, and who may take it when, or why nobody may.",
            """
            repo-tools release explain repo --version 1.2.0
            repo-tools release explain https://updates.example.org/repo --trust root.json --version 1.2.0 --at 2026-11-21T12:00:00Z
            """
        )
    {
        _time = time;
        _seen.AddTo(this);
        Add(_selector.Options);
        Add(_at);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var address = _seen.Address(args);
        var at = args.GetValue(_at) ?? _time.GetUtcNow();
        var repository = await SeenInputs.ReadAsync(address, cancel);
        var transport = address.NewTransport();
        using var _ = transport as IDisposable;
        var answer = await SeenInputs.ForPublisherAsync(
            address,
            () =>
                TransferProgress.ShowAsync(
                    CommandHost.IsJson(args),
                    async progress =>
                    {
                        var reader = new TargetReader(repository, transport);
                        var manifest = await reader.ReadManifestAsync(cancel);
                        var release = _selector.Find(args, manifest.Updates);
                        var images = new List<ReleaseImageRow>();
                        foreach (var (image, target) in release.Images)
                        {
                            var way = new TargetAnswerer(repository).Find(new TargetName(target));
                            var state = way.File is null ? null : await reader.CheckAsync(way.File, progress, cancel);
                            images.Add(
                                new ReleaseImageRow(
                                    image,
                                    target,
                                    way.Role,
                                    way.File?.Length,
                                    release.Raw?.GetValueOrDefault(image)?.Length,
                                    state?.State ?? TargetFileState.Missing
                                )
                            );
                        }

                        return new ReleaseExplainAnswer(
                            address.Text,
                            release.ToString(),
                            ReleaseEdits.Newest(manifest.Updates, release)?.ToString(),
                            images,
                            WavesAnswer.Of(release, at, manifest.Paused)
                        );
                    }
                )
        );
        Answer.Print(args, answer, AnswersJson.Default.ReleaseExplainAnswer, Text(answer));
        if (answer.Images.FirstOrDefault(i => i.State != TargetFileState.Right) is not { } bad)
        {
            return (int)ExitCode.Done;
        }

        Answer.Note(
            $"The {bad.Image} image {bad.Target} is {bad.State}: see `repo-tools repo explain {address.Text} {bad.Target}`."
        );
        return (int)(bad.State == TargetFileState.Missing ? ExitCode.NotFound : ExitCode.Verification);
    }

    private static string Text(ReleaseExplainAnswer answer)
    {
        var table = new TextTable("IMAGE", "TARGET", "SIZE", "ON THE DISK", "ROLE", "FILE");
        foreach (var image in answer.Images)
        {
            table.Add(
                image.Image,
                image.Target,
                image.Length is { } length ? Bytes.Text(length) : "-",
                image.RawLength is { } raw ? Bytes.Text(raw) : "-",
                image.Role ?? "-",
                image.State == TargetFileState.Right ? "there, and right" : image.State.ToUpperInvariant()
            );
        }

        var chosen =
            answer.Chosen is null ? "Hosts find nothing to choose."
            : answer.Chosen == answer.Release ? "It is the one that hosts choose once their wave is open."
            : $"Hosts choose {answer.Chosen} in its place.";
        return $"{answer.Release}\n\n{table}\n{answer.Waves.Text()}Hosts above {answer.Waves.MaxVersion} go down to the best that is offered.\n{chosen}";
    }
}
