using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UpdateEngine.Native;

/// <summary>
/// BLAKE2b-512 (RFC 7693), unkeyed, as `b2sum` prints it; by libsodium, which takes the vector instructions that the processor has. Not thread-safe.
/// </summary>
public sealed unsafe partial class Blake2b
{
    /// <summary>In bytes.</summary>
    public const int DigestLength = 64;

    private const string Library = "libsodium.so.23";
    private const nuint StateAlignment = 64; // crypto_generichash.h

    private readonly byte[] _memory;
    private readonly byte* _state;

    static Blake2b()
    {
        // It looks at the processor here; without, the slowest code is taken.
        if (sodium_init() < 0 || crypto_generichash_bytes_max() != DigestLength)
        {
            throw new InvalidOperationException($"{Library} could not be initialised.");
        }
    }

    public Blake2b()
    {
        // Pinned, so that it stays where it is aligned; and the collector frees it, whoever forgets to.
        _memory = GC.AllocateArray<byte>((int)(crypto_generichash_statebytes() + StateAlignment), pinned: true);
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _state = (byte*)((start + StateAlignment - 1) / StateAlignment * StateAlignment);
        _ = crypto_generichash_init(_state, null, 0, DigestLength);
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _ = crypto_generichash_update(_state, data, (ulong)data.Length);
        GC.KeepAlive(_memory);
    }

    /// <returns><see cref="DigestLength"/> bytes. Nothing may be appended after it.</returns>
    public byte[] Finish()
    {
        var digest = new byte[DigestLength];
        _ = crypto_generichash_final(_state, digest, DigestLength);
        GC.KeepAlive(_memory);
        return digest;
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial nuint crypto_generichash_bytes_max();

    [LibraryImport(Library)]
    private static partial nuint crypto_generichash_statebytes();

    [LibraryImport(Library)]
    private static partial int crypto_generichash_init(byte* state, byte* key, nuint keyLength, nuint digestLength);

    [LibraryImport(Library)]
    private static partial int crypto_generichash_update(byte* state, ReadOnlySpan<byte> data, ulong length);

    [LibraryImport(Library)]
    private static partial int crypto_generichash_final(byte* state, Span<byte> digest, nuint length);
}
