using System.Collections.Concurrent;
using System.Net;

namespace RepoTools.Tests.Simulators;

/// <summary>A server of a repository that says what it is asked for, before it answers. It takes PUT.</summary>
internal sealed class WatchedSource : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _repository;
    private readonly Action<string> _asked;
    private readonly Task _serving;

    /// <param name="repository">Its directory.</param>
    /// <param name="asked">Told of each path below it, "targets/…", one at a time.</param>
    public WatchedSource(string repository, Action<string>? asked = null)
    {
        (_repository, _asked) = (repository, asked ?? (_ => { }));
        // HttpListener takes no port 0.
        for (var port = 20_000 + Environment.ProcessId % 10_000; !_listener.IsListening; port++)
        {
            try
            {
                Url = $"http://127.0.0.1:{port}";
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add(Url + "/");
                _listener.Start();
            }
            catch (HttpListenerException) when (port < 40_000) { }
        }

        _serving = ServeAsync();
    }

    public string Url { get; private set; } = "";

    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Told of each path that is put, before it is.</summary>
    public Action<string>? Putting { get; init; }

    /// <summary>A file of this name is not kept as it came.</summary>
    public string? Damages { get; init; }

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait();
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException) { }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var path = Uri.UnescapeDataString(context.Request.RawUrl!)[1..];
        Asked.Enqueue(path);
        _asked(path);
        var file = Path.Combine(_repository, path);
        if (context.Request.HttpMethod == "PUT")
        {
            Putting?.Invoke(path);
            Put(context, file);
        }
        else if (File.Exists(file))
        {
            var bytes = File.ReadAllBytes(file);
            context.Response.ContentLength64 = bytes.Length;
            if (context.Request.HttpMethod != "HEAD")
            {
                context.Response.OutputStream.Write(bytes);
            }
        }
        else
        {
            context.Response.StatusCode = 404;
        }

        context.Response.Close();
    }

    /// <summary>Visible as a whole, once it is there as a whole.</summary>
    private void Put(HttpListenerContext context, string file)
    {
        using var body = new MemoryStream();
        context.Request.InputStream.CopyTo(body);
        var bytes = body.ToArray();
        if (bytes.Length != context.Request.ContentLength64)
        {
            return;
        }

        if (Path.GetFileName(file) == Damages)
        {
            bytes[0] ^= 1;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file + ".tmp", bytes);
        File.Move(file + ".tmp", file, overwrite: true);
        context.Response.StatusCode = 201;
    }
}
