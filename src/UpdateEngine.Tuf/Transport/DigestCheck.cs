using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Transport;

/// <summary>Counts and hashes the bytes of a target as they pass, and says in the end whether they are the signed ones.</summary>
internal sealed class DigestCheck : IDisposable
{
    private readonly string _subject;
    private readonly (string Name, string Expected, IncrementalHash Hash)[] _hashes;

    /// <param name="subject">The target's name, for errors.</param>
    /// <param name="length">The signed length in bytes.</param>
    /// <param name="digests">All that are known here must match, unless the first bytes are not there to be hashed.</param>
    /// <param name="startedAt">Bytes of the target that do not pass.</param>
    /// <exception cref="MetadataMalformedException">None of the digests is known here.</exception>
    public DigestCheck(string subject, long length, Digests digests, long startedAt = 0)
    {
        digests.RequireUsable(subject);
        (_subject, Length, Count) = (subject, length, startedAt);
        _hashes =
            startedAt > 0
                ? []
                : [.. digests.Usable.Select(d => (d.Name, d.Value, IncrementalHash.CreateHash(d.Algorithm)))];
    }

    public long Length { get; }

    public long Count { get; private set; }

    /// <exception cref="TooLargeException">These bytes are more than were signed; none of them was taken.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Length - Count)
        {
            throw new TooLargeException(_subject, Length);
        }

        Count += bytes.Length;
        foreach (var (_, _, hash) in _hashes)
        {
            hash.AppendData(bytes);
        }
    }

    /// <exception cref="LengthOrDigestMismatchException">Too few bytes, or other ones.</exception>
    public void Verify()
    {
        if (Count != Length)
        {
            throw new LengthOrDigestMismatchException(_subject, "length", $"{Length}", $"{Count}");
        }

        foreach (var (name, expected, hash) in _hashes)
        {
            Digests.Compare(_subject, name, expected, hash.GetCurrentHash());
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, hash) in _hashes)
        {
            hash.Dispose();
        }
    }
}
