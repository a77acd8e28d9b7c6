using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Inspecting;

/// <summary>The file of a target as it is served.</summary>
/// <param name="Address">Where hosts ask for it.</param>
/// <param name="State">"right", "missing" or "wrong".</param>
/// <param name="Why">What is wrong; null where nothing is.</param>
internal sealed record TargetFileState(string Address, string State, string? Why)
{
    public const string Right = "right";
    public const string Missing = "missing";
    public const string Wrong = "wrong";
}

/// <summary>Files of targets, where hosts would ask for them.</summary>
internal sealed class TargetReader(SeenRepository repository, ITransport transport)
{
    private const int BufferLength = 128 * 1024;

    /// <summary>Reads it to the end, and verifies length and digests.</summary>
    public async Task<TargetFileState> CheckAsync(
        TargetFile file,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var address = AddressOf(file);
        var text = AddressText.Of(address);
        try
        {
            await using var answer = await transport.OpenAsync(new TransportRequest(address, file.Length), cancel);
            if (answer.Content is null)
            {
                return new TargetFileState(text, TargetFileState.Missing, $"{text} is not there.");
            }

            await using var stream = new VerifiedStream(answer.Content, file.Name, file.Length, file.Hashes);
            var buffer = new byte[BufferLength];
            while (await stream.ReadAsync(buffer, cancel) > 0)
            {
                progress?.Report(new TransferStep(file.Name, stream.BytesRead, file.Length));
            }

            return new TargetFileState(text, TargetFileState.Right, null);
        }
        catch (TufException why) when (why is not TransportException)
        {
            return new TargetFileState(text, TargetFileState.Wrong, why.Message);
        }
    }

    /// <summary>The manifest that hosts read; an empty one where there is none.</summary>
    public async Task<Manifest> ReadManifestAsync(CancellationToken cancel) =>
        new TargetAnswerer(repository).Find(new TargetName(Manifest.DefaultTargetName)).File is { } file
            ? Manifest.Parse(await ReadAsync(file, Manifest.MaxBytes, cancel))
            : new Manifest();

    /// <summary>The content of a small target, whole and verified.</summary>
    /// <exception cref="TufException">It is not there, too long, or not what was signed.</exception>
    private async Task<byte[]> ReadAsync(TargetFile file, int limit, CancellationToken cancel)
    {
        var address = AddressOf(file);
        await using var answer = await transport.OpenAsync(
            new TransportRequest(address, Math.Min(limit, file.Length)),
            cancel
        );
        if (answer.Content is null)
        {
            throw new NotFoundException(
                file.Name,
                $"The repository has no {file.Name}: {AddressText.Of(address)} is not there."
            );
        }

        await using var stream = new VerifiedStream(answer.Content, file.Name, file.Length, file.Hashes);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancel);
        return bytes.ToArray();
    }

    private Uri AddressOf(TargetFile file)
    {
        var folder = repository.Address.Targets.AbsoluteUri.TrimEnd('/');
        return new Uri($"{folder}/{new TargetName(file.Name).ToUrlPath(PrefixOf(file))}");
    }

    private string PrefixOf(TargetFile file) => repository.Root.ConsistentSnapshot ? $"{DigestOf(file)}." : "";

    /// <summary>That by which a consistent snapshot names the file.</summary>
    public static string DigestOf(TargetFile file)
    {
        var digests = file.Hashes.Values;
        return digests.GetValueOrDefault("sha256") ?? digests.GetValueOrDefault("sha512") ?? digests.Values.First();
    }
}
