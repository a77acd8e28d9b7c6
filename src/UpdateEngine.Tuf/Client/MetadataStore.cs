using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// The trusted metadata on the disk, as bytes exactly as they were received: timestamp.json, snapshot.json, targets.json, root.json, a file
/// for each delegated role that was asked for, and every root of the chain in root_history/. Being here makes nothing trusted: whoever reads verifies again.
/// </summary>
public sealed class MetadataStore
{
    private const string RootSuffix = ".root.json";
    private const int WriteAttempts = 3;

    // In bytes: file systems take 255, and temporary files have longer names.
    private const int MaxNameLength = 200;

    private readonly string _directory;
    private readonly string _history;

    /// <summary>Makes the directories where they are missing.</summary>
    /// <exception cref="StoreFailedException">They cannot be made.</exception>
    public MetadataStore(string directory)
    {
        _directory = directory;
        _history = Path.Join(directory, "root_history");
        Guard(_history, () => DurableFile.MakeDirectory(_history));
    }

    /// <summary>
    /// Every character of a delegated role's name that is not unreserved is percent-encoded: no name leaves the directory. One that is too
    /// long for a file is called by its digest, with a head that no encoded name has.
    /// </summary>
    public string PathOf(string role)
    {
        var name = Uri.EscapeDataString(role);
        if (name.Length > MaxNameLength)
        {
            name = $"%sha256-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(role)))}";
        }

        return Path.Join(_directory, $"{name}.json");
    }

    public string PathOfRoot(long version) =>
        Path.Join(_history, string.Create(CultureInfo.InvariantCulture, $"{version}{RootSuffix}"));

    /// <summary>The highest version in the history by its file name: a chain that ends below it has lost something. 0 when empty.</summary>
    public long HighestRoot() => Guard(_history, () => RootVersions().Highest);

    /// <summary>The lowest version in the history; 0 when empty.</summary>
    public long LowestRoot() => Guard(_history, () => RootVersions().Lowest);

    /// <returns>Null when there is no such file.</returns>
    /// <exception cref="StoreCorruptException">The file is longer than the limit: no client wrote it.</exception>
    public byte[]? Read(string role, int limit) => ReadFile(PathOf(role), limit);

    /// <inheritdoc cref="Read"/>
    public byte[]? ReadRoot(long version, int limit) => ReadFile(PathOfRoot(version), limit);

    /// <summary>Nobody else refreshes this directory until the result is disposed. What killed processes left is removed first.</summary>
    internal async Task<StoreLock> LockAsync(TimeProvider time, CancellationToken ct)
    {
        var held = await StoreLock.AcquireAsync(_directory, time, ct);
        try
        {
            foreach (var directory in (string[])[_directory, _history])
            {
                Guard(directory, () => DurableFile.DeleteLeftovers(directory));
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Nothing happens when there is no such file.</summary>
    public void Delete(string role) => Guard(PathOf(role), () => DurableFile.Delete(PathOf(role)));

    public void Write(string role, ReadOnlyMemory<byte> bytes) => WriteFile(PathOf(role), bytes);

    /// <summary>The history first: root.json is for people and other tools, and may lag.</summary>
    public void WriteRoot(long version, ReadOnlyMemory<byte> bytes)
    {
        WriteIfDifferent(PathOfRoot(version), bytes);
        WriteIfDifferent(PathOf(Roles.Root), bytes);
    }

    private (long Lowest, long Highest) RootVersions()
    {
        var (lowest, highest) = (0L, 0L);
        foreach (var path in Directory.EnumerateFiles(_history, "*" + RootSuffix))
        {
            var text = Path.GetFileName(path.AsSpan())[..^RootSuffix.Length];
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0)
            {
                (lowest, highest) = (lowest == 0 ? version : Math.Min(lowest, version), Math.Max(highest, version));
            }
        }

        return (lowest, highest);
    }

    private static byte[]? ReadFile(string path, int limit) =>
        Guard(
            path,
            () =>
            {
                if (!DurableFile.IsReplaceable(path))
                {
                    throw new StoreCorruptException(path, $"'{path}' is no file; remove it.");
                }

                var file = new FileInfo(path);
                if (!file.Exists)
                {
                    return null;
                }

                return file.Length <= limit
                    ? DurableFile.Read(path, limit)
                    : throw new StoreCorruptException(path, $"'{path}' is longer than {limit} bytes; remove it.");
            }
        );

    // Keeps a store on a read-only file system usable while nothing changes.
    private static void WriteIfDifferent(string path, ReadOnlyMemory<byte> bytes)
    {
        var same = Guard(
            path,
            () =>
                // One byte more than there should be: another process may replace it between two looks.
                File.Exists(path) && DurableFile.ReadHead(path, bytes.Length + 1).AsSpan().SequenceEqual(bytes.Span)
        );
        if (!same)
        {
            WriteFile(path, bytes);
        }
    }

    private static void WriteFile(string path, ReadOnlyMemory<byte> bytes) =>
        Guard(
            path,
            () =>
            {
                // Opening a client writes without the lock, so that a refresh that begins may take its file for a leftover.
                for (var attempt = 1; !TryWrite(path, bytes.Span, isLast: attempt == WriteAttempts); attempt++) { }
            }
        );

    private static bool TryWrite(string path, ReadOnlySpan<byte> bytes, bool isLast)
    {
        try
        {
            DurableFile.Write(path, bytes);
            return true;
        }
        catch (FileNotFoundException) when (!isLast)
        {
            return false;
        }
    }

    private static void Guard(string path, Action action) =>
        Guard(
            path,
            () =>
            {
                action();
                return true;
            }
        );

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreFailedException(path, $"'{path}' could not be read or written: {error.Message}", error);
        }
    }
}
