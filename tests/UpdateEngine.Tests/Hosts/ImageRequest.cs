using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace UpdateEngine.Tests.Hosts;

/// <summary>One request for the root image, and ways to answer it, good and bad.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Asked for with Range; 0: all of it.</param>
/// <param name="File">As published.</param>
/// <param name="Elsewhere">A second server of the repository, which behaves.</param>
internal sealed record ImageRequest(
    int Number,
    int Offset,
    byte[] File,
    Stream Connection,
    ManualTime Time,
    string Elsewhere,
    CancellationToken Stop
)
{
    /// <summary>Of the published state of each file.</summary>
    public const string Tag = "\"as-published\"";

    /// <summary>The host's stall_timeout in manual time: longer than any answer that is on its way takes.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromHours(1);

    /// <summary>A client that gets something now and then gives up after ten times the stall time.</summary>
    private static TimeSpan LongestDrip => 10 * Stall;

    // Of the real clock.
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_leaving = TimeSpan.FromSeconds(1);

    public bool IsForRest => Offset > 0;

    public Task GoodAsync() => SendAsync(File);

    /// <summary>All of it or the rest that was asked for, announced as it is.</summary>
    public async Task SendAsync(byte[] file, string tag = Tag)
    {
        var status = IsForRest ? "206 Partial Content" : "200 OK";
        var range = IsForRest ? $"Content-Range: bytes {Offset}-{file.Length - 1}/{file.Length}\r\n" : "";
        await HeadAsync(status, $"{range}ETag: {tag}\r\n", file.Length - Offset);
        await BodyAsync(file.AsMemory(Offset));
    }

    /// <summary>All of it, whatever was asked for.</summary>
    public async Task SendAllAsync(byte[] file, string headers = "", long? length = null)
    {
        await HeadAsync("200 OK", headers, length ?? file.Length);
        await BodyAsync(file);
    }

    /// <param name="length">Content-Length; null: the end of the connection is the end.</param>
    public Task HeadAsync(string status, string headers = "", long? length = null)
    {
        var announced = length is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        return TextAsync($"HTTP/1.1 {status}\r\n{headers}{announced}Connection: close\r\n\r\n");
    }

    public Task TextAsync(string text) => BodyAsync(Encoding.Latin1.GetBytes(text));

    public async Task BodyAsync(ReadOnlyMemory<byte> bytes) => await Connection.WriteAsync(bytes, Stop);

    /// <summary>A good answer that ends after so many bytes of its body.</summary>
    public async Task CutAsync(int after)
    {
        var rest = File.AsMemory(Offset);
        await HeadAsync(
            IsForRest ? "206 Partial Content" : "200 OK",
            $"ETag: {Tag}\r\nContent-Range: bytes {Offset}-{File.Length - 1}/{File.Length}\r\n",
            rest.Length
        );
        await BodyAsync(rest[..Math.Min(after, rest.Length)]);
    }

    /// <summary>The connection ends as when the cable is pulled: RST, no FIN.</summary>
    public void Reset()
    {
        var socket = ((NetworkStream)Connection).Socket;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>In chunks, so that nothing tells the length before its end.</summary>
    public async Task SendInChunksAsync(ReadOnlyMemory<byte> bytes, bool ends = true)
    {
        await HeadAsync("200 OK", "Transfer-Encoding: chunked\r\n");
        for (var at = 0; at < bytes.Length; at += 100_000)
        {
            var chunk = bytes[at..Math.Min(at + 100_000, bytes.Length)];
            await TextAsync($"{chunk.Length:x}\r\n");
            await BodyAsync(chunk);
            await TextAsync("\r\n");
        }

        await TextAsync(ends ? "0\r\n\r\n" : "zz\r\n");
    }

    /// <summary>Nothing more comes, and time passes, until the client goes away.</summary>
    public Task StallAsync() => PassTimeAsync(Stall, () => Task.CompletedTask);

    /// <summary>Something comes ten times in each stall time, until the client goes away.</summary>
    public Task DripAsync(string drop) => PassTimeAsync(Stall / 10, () => TextAsync(drop));

    private async Task PassTimeAsync(TimeSpan step, Func<Task> then)
    {
        // The client has to take what it was sent before time passes, and once its patience must be at its end, to go away: time that passes
        // between would pass for its next request, which is on its way.
        var gone = Connection.ReadAsync(new byte[1], Stop).AsTask();
        var moment = s_settling;
        for (var passed = TimeSpan.Zero; await Task.WhenAny(gone, Task.Delay(moment, Stop)) != gone; passed += step)
        {
            await then();
            Time.Advance(step);
            moment = passed + step >= (step < Stall ? LongestDrip : Stall) ? s_leaving : s_between;
        }
    }
}
