using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>A repository, a host that follows it, and a host that restarts (a new client over the same directory).</summary>
public abstract class TufClientTestBase : IDisposable
{
    private protected TufClientTestBase() => Repository = new RepositorySimulator(Time.GetUtcNow());

    private protected ManualTime Time { get; } = new();

    private protected RepositorySimulator Repository { get; }

    private protected TemporaryDirectory Directory { get; } = new();

    private protected TufClientOptions Options =>
        new()
        {
            TrustedRoot = Repository.TrustAnchor,
            MetadataDirectory = Directory.Path,
            Transport = Repository,
            MetadataUrl = RepositorySimulator.MetadataUrl,
            TargetsUrl = RepositorySimulator.TargetsUrl,
            Time = Time,
        };

    private protected TufClient Restart() => TufClient.Open(Options);

    private protected Task<RefreshResult> RefreshAfterRestartAsync() => Restart().RefreshAsync(default);

    private protected Task<RefreshResult> LoadAfterRestartAsync() => Restart().LoadTrustedAsync(default);

    private protected async Task<T> RefusedAsync<T>()
        where T : TufException
    {
        var before = Directory
            .Files()
            .ToDictionary(f => f, f => File.ReadAllBytes(Directory[f]), StringComparer.Ordinal);
        var error = await Xunit.Assert.ThrowsAsync<T>(RefreshAfterRestartAsync);
        // Whatever was refused is not in the store; what announced it may be newer there, and so may root.json (5.3.8).
        foreach (var (file, bytes) in before.Where(f => f.Key.Contains(error.Subject!, StringComparison.Ordinal)))
        {
            if (file is not "root.json")
            {
                Xunit.Assert.Equal(bytes, File.ReadAllBytes(Directory[file]));
            }
        }

        return error;
    }

    private protected long Stored(string role) =>
        UpdateEngine.Tuf.Signing.MetadataDocument.Parse(File.ReadAllBytes(Directory[$"{role}.json"])).Version;

    public virtual void Dispose()
    {
        Directory.Dispose();
        GC.SuppressFinalize(this);
    }
}
