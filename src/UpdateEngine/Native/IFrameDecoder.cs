namespace UpdateEngine.Native;

/// <summary>A decoder of concatenated compressed frames, fed piece by piece.</summary>
public interface IFrameDecoder : IDisposable
{
    /// <summary>True before the first frame and between two: the only places where the input may end.</summary>
    bool AtFrameBoundary { get; }

    /// <summary>Takes from <paramref name="source"/> and gives to <paramref name="target"/> what it can.</summary>
    /// <exception cref="InvalidDataException">The input is not of this format.</exception>
    (int Consumed, int Produced) Decode(ReadOnlySpan<byte> source, Span<byte> target);
}
