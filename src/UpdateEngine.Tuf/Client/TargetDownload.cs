using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// A target on its way into a file. What an earlier attempt brought is hashed again and gone on with; the destination changes in the last
/// step only, to the verified bytes.
/// </summary>
/// <param name="target">What is wanted.</param>
/// <param name="destination">The file's path.</param>
/// <param name="options">Where the unfinished lies.</param>
/// <param name="open">Asks for the target, from a point on.</param>
internal sealed class TargetDownload(
    TargetFile target,
    string destination,
    DownloadOptions options,
    Func<ResumePoint?, CancellationToken, Task<MirrorAnswer>> open
)
{
    private const int BufferLength = 128 * 1024;

    private readonly byte[] _buffer = new byte[BufferLength];

    /// <exception cref="StoreFailedException">A file could not be read or written, or another process downloads the same target.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        target.Hashes.RequireUsable(target.Name);
        try
        {
            if (!DurableFile.IsReplaceable(destination))
            {
                throw new IOException("What has that name is no file.");
            }

            if (!await IsThereAsync(ct))
            {
                await DownloadAsync(ct);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreFailedException(
                destination,
                $"{target.Name} could not be written to '{destination}': {error.Message}",
                error
            );
        }
    }

    // A link is none of ours, and may point at what others change.
    private async Task<bool> IsThereAsync(CancellationToken ct)
    {
        var file = new FileInfo(destination);
        if (!file.Exists || file.LinkTarget is not null || file.Length != target.Length || target.Length == 0)
        {
            return false;
        }

        using var check = NewCheck();
        await using var content = file.OpenRead();
        await HashAsync(content, check, ct);
        return IsRight(check);
    }

    private async Task DownloadAsync(CancellationToken ct)
    {
        var path = Path.GetFullPath(destination);
        var directory = options.PartialDirectory ?? Path.GetDirectoryName(path) ?? "/";
        using var partial = PartialFile.Open(directory, target.Hashes.Usable.First().Value);
        try
        {
            if (!await TryCompleteAsync(partial, ct))
            {
                // What was there before is to blame, or a part of another file; from the beginning there is no such excuse.
                partial.StartOver();
                await TryCompleteAsync(partial, ct);
            }

            partial.MoveTo(path);
        }
        catch (Exception error)
        {
            if (!options.KeepPartial || error is LengthOrDigestMismatchException or TooLargeException)
            {
                partial.Delete();
            }

            throw;
        }
    }

    /// <returns>False when what was gone on with has not become the target; never when nothing was there.</returns>
    private async Task<bool> TryCompleteAsync(PartialFile partial, CancellationToken ct)
    {
        if (partial.Content.Length > target.Length)
        {
            return false;
        }

        using var stored = NewCheck();
        await HashAsync(partial.Content, stored, ct);
        if (stored.Count == target.Length && stored.Count > 0)
        {
            return IsRight(stored);
        }

        var answer = await open(stored.Count > 0 ? new ResumePoint(stored.Count, partial.ReadValidator()) : null, ct);
        await using var response = answer.Response;
        var isResumed = response.Offset > 0;
        if (!isResumed)
        {
            partial.StartOver();
        }

        if (response.Validator is { } validator)
        {
            partial.WriteValidator(validator);
        }

        using var fresh = NewCheck();
        var check = isResumed ? stored : fresh;
        try
        {
            await CopyAsync(response.Content!, partial.Content, check, ct);
            check.Verify();
            return true;
        }
        catch (TufException error) when (error is LengthOrDigestMismatchException or TooLargeException)
        {
            if (isResumed)
            {
                return false;
            }

            answer.Refuse(error);
            throw;
        }
    }

    private async Task HashAsync(FileStream content, DigestCheck check, CancellationToken ct)
    {
        content.Position = 0;
        for (int count; (count = await content.ReadAsync(_buffer, ct)) > 0; )
        {
            check.Append(_buffer.AsSpan(0, count));
        }
    }

    // Counted before they are written: no more than the signed length ever lies on the disk.
    private async Task CopyAsync(Stream source, FileStream content, DigestCheck check, CancellationToken ct)
    {
        for (int count; (count = await source.ReadAsync(_buffer, ct)) > 0; )
        {
            check.Append(_buffer.AsSpan(0, count));
            await content.WriteAsync(_buffer.AsMemory(0, count), ct);
        }
    }

    private DigestCheck NewCheck() => new(target.Name, target.Length, target.Hashes);

    private static bool IsRight(DigestCheck check)
    {
        try
        {
            check.Verify();
            return true;
        }
        catch (LengthOrDigestMismatchException)
        {
            return false;
        }
    }
}
