using System.Globalization;
using System.Text.RegularExpressions;
using UpdateEngine.Tuf.Tests.Transport;

namespace UpdateEngine.Tests.Hosts;

/// <summary>A repository over HTTP that is served well, but for its root images: those go to the test.</summary>
internal sealed partial class ImageServer : IDisposable
{
    private readonly string _repository;
    private readonly ManualTime _time;
    private readonly LoopbackServer _server;
    private readonly LoopbackServer _elsewhere;
    private readonly Lock _gate = new();
    private int _imageRequests;

    public ImageServer(string repository, ManualTime time)
    {
        (_repository, _time) = (repository, time);
        _server = new LoopbackServer((n, stream, stop) => ServeAsync(_server!.Requests[n - 1], stream, Answer, stop));
        _elsewhere = new LoopbackServer(
            (n, stream, stop) => ServeAsync(_elsewhere!.Requests[n - 1], stream, r => r.GoodAsync(), stop)
        );
    }

    /// <summary>What is done with a request for a root image.</summary>
    public Func<ImageRequest, Task> Answer { get; set; } = request => request.GoodAsync();

    public string MetadataUrl => $"http://127.0.0.1:{_server.Port}/metadata/";

    public string TargetsUrl => $"http://127.0.0.1:{_server.Port}/targets/";

    public void Dispose()
    {
        _server.Dispose();
        _elsewhere.Dispose();
    }

    private async Task ServeAsync(string head, Stream stream, Func<ImageRequest, Task> answer, CancellationToken stop)
    {
        var path = head.Split(' ', '?')[1];
        var offset = Range().Match(head) is { Success: true } range
            ? int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
        var isImage = path.Contains("-root", StringComparison.Ordinal);
        int number;
        lock (_gate)
        {
            number = isImage ? ++_imageRequests : 0;
        }

        var file = Path.Join(_repository, path);
        var content = File.Exists(file) ? await File.ReadAllBytesAsync(file, stop) : null;
        var elsewhere = $"http://127.0.0.1:{_elsewhere.Port}{path}";
        var request = new ImageRequest(number, offset, content ?? [], stream, _time, elsewhere, stop);
        await (
            content is null ? request.HeadAsync("404 Not Found", length: 0)
            : isImage ? answer(request)
            : request.GoodAsync()
        );
    }

    [GeneratedRegex(@"^Range: bytes=(\d+)-", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Range();
}
