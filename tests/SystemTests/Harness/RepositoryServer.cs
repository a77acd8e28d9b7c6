namespace SystemTests.Harness;

/// <summary>`repo-tools serve`, on a free port of the loopback interface.</summary>
internal sealed class RepositoryServer : IAsyncDisposable
{
    private readonly RunningProgram _program;

    private RepositoryServer(RunningProgram program, string url) => (_program, Url) = (program, url);

    public string Url { get; }

    public static async Task<RepositoryServer> StartAsync(string repository)
    {
        var portFile = repository.TrimEnd('/') + ".port";
        var program = RunningProgram.Start(
            Programs.RepoTools,
            ["serve", repository, "--listen", "127.0.0.1:0", "--port-file", portFile]
        );
        await Wait.UntilAsync(
            "the server listens",
            () => program.HasExited || (File.Exists(portFile) && new FileInfo(portFile).Length > 0),
            () => program.Error
        );
        Assert.False(program.HasExited, $"the server ended: {program.Error}");
        return new RepositoryServer(program, $"http://127.0.0.1:{(await File.ReadAllTextAsync(portFile)).Trim()}");
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
