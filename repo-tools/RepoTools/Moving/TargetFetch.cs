using System.Security.Cryptography;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <summary>A target that is wanted as a file.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="Raw">What the manifest says of the decoded image; null where it says nothing, or nothing is to be decoded.</param>
internal sealed record WantedFile(TargetFile Target, string Path, RawImage? Raw);

/// <param name="State">"fetched", "there" when the file was right already, or in a dry run "would be fetched".</param>
/// <param name="Length">Of the file, in bytes.</param>
internal sealed record FetchedFile(string Target, string File, long Length, string State);

/// <summary>Brings single targets of a repository into files. A file has the old content or the verified new one at every moment.</summary>
/// <param name="decode">Whether zstd and lz4 are decoded.</param>
/// <param name="overwrite">Whether a file with another content may be replaced.</param>
internal sealed class TargetFetch(VerifiedRepository repository, bool decode, bool overwrite)
{
    private const int BufferLength = 256 * 1024;

    public const string Fetched = "fetched";
    public const string WouldBeFetched = "would be fetched";
    public const string There = "there";

    /// <summary>Decides and refuses, and fetches nothing.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>The name of the file that a target becomes, without the ending of what is decoded.</summary>
    public string NameOf(string target)
    {
        var ending = decode ? Path.GetExtension(target) : "";
        return ending is ".zst" or ".lz4" ? target[..^ending.Length] : target;
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.AlreadyExists"/>, <see cref="ErrorCodes.ImageCorrupt"/>.</exception>
    public async Task<FetchedFile> FetchAsync(
        WantedFile wanted,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var (target, path) = (wanted.Target, wanted.Path);
        if (await IsThereAsync(wanted, cancel))
        {
            return new FetchedFile(target.Name, path, new FileInfo(path).Length, There);
        }

        RequireFree(path);
        if (IsDryRun)
        {
            return new FetchedFile(target.Name, path, target.Length, WouldBeFetched);
        }

        var start = repository.Transport.Count;
        repository.Transport.Passed = _ =>
            progress?.Report(new TransferStep(target.Name, repository.Transport.Count - start, target.Length));
        if (decode)
        {
            await DecodeAsync(wanted, cancel);
        }
        else
        {
            await repository.Client.DownloadTargetAsync(target, path, null, cancel);
        }

        return new FetchedFile(target.Name, path, new FileInfo(path).Length, Fetched);
    }

    private void RequireFree(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{path} is a directory, and can't become the file of the target.",
                $"Name a file, such as with --out, or give --to {path} for a file in it."
            );
        }

        if (!overwrite && Path.Exists(path))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{path} is there already, with another content.",
                "Choose another place, or give --overwrite."
            );
        }
    }

    private async Task<bool> IsThereAsync(WantedFile wanted, CancellationToken cancel)
    {
        // What a decoded file should be only the manifest knows.
        var (length, digest) = decode
            ? (wanted.Raw?.Length, wanted.Raw?.Sha256)
            : (wanted.Target.Length, wanted.Target.Hashes.Values.GetValueOrDefault("sha256"));
        var file = new FileInfo(wanted.Path);
        if (!file.Exists || file.LinkTarget is not null || digest is null || file.Length != length)
        {
            return false;
        }

        await using var content = file.OpenRead();
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel)) == digest;
    }

    /// <summary>Without a copy of what is compressed, and so from the beginning each time.</summary>
    private async Task DecodeAsync(WantedFile wanted, CancellationToken cancel)
    {
        var (target, path) = (wanted.Target, wanted.Path);
        // It may be as long as a disk: what a killed run left goes first.
        Files.DeleteLeftoversOf(path);
        var temporary = Files.TemporaryOf(path);
        try
        {
            await using (var stream = await repository.Client.OpenTargetAsync(target, cancel))
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                var decoded = await CopyDecodedAsync(stream, file, target.Name, cancel);
                // Past the decoder's own end: only then the digests of the whole stream have been compared.
                await stream.CompleteAsync(cancel);
                Require(wanted, decoded);
                file.Flush(flushToDisk: true);
            }

            // The content is on the medium; now the name, and the directory.
            Files.MoveFlushed(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static async Task<RawImage> CopyDecodedAsync(
        Stream source,
        Stream file,
        string name,
        CancellationToken cancel
    )
    {
        using var raw = new RawDigest();
        var buffer = new byte[BufferLength];
        try
        {
            await using var decoded = await DecodingStream.OpenAsync(source, cancel);
            for (int count; (count = await decoded.ReadAsync(buffer, cancel)) > 0; )
            {
                raw.Append(buffer.AsSpan(0, count));
                await file.WriteAsync(buffer.AsMemory(0, count), cancel);
            }
        }
        catch (InvalidDataException e)
        {
            throw new UpdateException(
                ErrorCodes.ImageCorrupt,
                $"{name} can't be decoded: {e.Message}.",
                "Take it as it is, without --decompress, and tell its publisher.",
                e
            );
        }

        return raw.Finish();
    }

    private static void Require(WantedFile wanted, RawImage decoded)
    {
        if (wanted.Raw is { } raw && decoded != raw with { Blake2b = raw.Blake2b ?? decoded.Blake2b })
        {
            throw new UpdateException(
                ErrorCodes.ImageCorrupt,
                $"{wanted.Target.Name} decodes to {Text(decoded)}; the manifest says {Text(raw)}.",
                "Tell the publisher of the repository."
            );
        }
    }

    private static string Text(RawImage image) =>
        $"{image.Length} bytes with SHA-256 {image.Sha256}"
        + (image.Blake2b is { } blake2b ? $" and BLAKE2b {blake2b}" : "");
}
