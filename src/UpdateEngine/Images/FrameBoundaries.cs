using System.Runtime.InteropServices;

namespace UpdateEngine.Images;

/// <summary>A place where a compressed stream can be taken up again: nothing after it needs anything before it.</summary>
/// <param name="Source">Bytes of the compressed stream before it.</param>
/// <param name="Image">Bytes that they decode to.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrameBoundary(long Source, long Image);

/// <summary>The ends of frames between a decoder, which finds them, and a writer, who knows what has been flushed. Thread-safe.</summary>
internal sealed class FrameBoundaries
{
    /// <summary>A stranger's stream may have a frame every few bytes; remembering one a MiB is as good.</summary>
    private const long Apart = 1024 * 1024;

    private readonly Queue<FrameBoundary> _ahead = new();
    private readonly Lock _gate = new();
    private long _newest;

    public void Add(FrameBoundary boundary)
    {
        lock (_gate)
        {
            if (boundary.Image - _newest >= Apart)
            {
                _ahead.Enqueue(boundary);
                _newest = boundary.Image;
            }
        }
    }

    /// <returns>The last one that is not beyond this place of the image and was not taken before; null: none.</returns>
    public FrameBoundary? TakeUpTo(long image)
    {
        lock (_gate)
        {
            FrameBoundary? last = null;
            while (_ahead.TryPeek(out var next) && next.Image <= image)
            {
                last = _ahead.Dequeue();
            }

            return last;
        }
    }
}
