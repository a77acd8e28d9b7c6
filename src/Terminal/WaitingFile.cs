namespace UpdateEngine.Terminal;

/// <summary>A pipe or a device, as in --key &lt;(decrypt key.pem.gpg), read until its writers have closed it: waits until the command is to stop.</summary>
internal sealed class WaitingFile(string path) : Stream
{
    // Bytes arrive in an array of its own: a call that nobody waits for any more must not write into what the reader has back.
    private readonly byte[] _arrived = new byte[64 * 1024];
    private readonly FileStream _file = Interruption.Wait(() => File.OpenRead(path));

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="OperationCanceledException">The command is to stop.</exception>
    public override int Read(Span<byte> buffer)
    {
        var most = Math.Min(buffer.Length, _arrived.Length);
        var count = Interruption.Wait(() => _file.Read(_arrived, 0, most));
        _arrived.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
