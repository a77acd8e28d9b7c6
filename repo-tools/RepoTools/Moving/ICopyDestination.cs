using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <summary>Where a copy of a repository goes. Paths are relative, with slashes: "metadata/…" or "targets/…".</summary>
internal interface ICopyDestination : IDisposable
{
    /// <summary>For people.</summary>
    string Text { get; }

    /// <returns>Null where there is no such file.</returns>
    /// <param name="limit">In bytes; of a longer file the first bytes, one more than that, are enough.</param>
    Task<byte[]?> ReadAsync(string path, int limit, CancellationToken cancel);

    /// <summary>Whether a file of this length is there; its name says by digest what it should be.</summary>
    Task<bool> HasAsync(string path, long length, CancellationToken cancel);

    /// <summary>A target that may be there already. When this returns it is durable, verified, and visible.</summary>
    Task BringAsync(string path, TargetFile target, VerifiedRepository source, CancellationToken cancel);

    /// <summary>Small files, each of which appears whole, in this order. When this returns all are durable.</summary>
    Task WriteAsync(IReadOnlyList<CopiedFile> files, CancellationToken cancel);

    /// <summary>Everything is there; what was only needed on the way can go.</summary>
    void Complete();
}
