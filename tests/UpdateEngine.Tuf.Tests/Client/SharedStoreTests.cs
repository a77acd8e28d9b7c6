using System.Runtime.InteropServices;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>Processes of their own (tests/TufConformanceClient) on one metadata directory, against a repository that changes meanwhile.</summary>
public sealed partial class SharedStoreTests : IDisposable
{
    private const int Workers = 4;
    private const int RefreshesEach = 4;
    private const int Victims = 6;

    private readonly TemporaryDirectory _directory = new();
    private readonly RepositorySimulator _repository = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Many_refreshes_at_a_time_never_break_and_never_go_back_even_when_some_are_killed()
    {
        await InitialiseAsync();
        using var server = new SimulatorServer(_repository);
        var gate = new Lock();
        var requests = 0;
        server.OnRequest = _ =>
        {
            // Every few requests there is something new, now and then by new keys.
            lock (gate)
            {
                if (++requests % 5 == 0)
                {
                    PublishChange(requests % 3 == 0);
                    server.Publish(_repository);
                }
            }
        };

        using var over = new CancellationTokenSource();
        var watch = WatchAsync(over.Token);
        try
        {
            await Task.WhenAll([KillAsync(server), .. Enumerable.Range(0, Workers).Select(_ => WorkAsync(server))]);
        }
        finally
        {
            await over.CancelAsync();
            Assert.True(await watch > 0);
        }

        server.OnRequest = _ => { };
        Assert.Equal((0, ""), await RefreshAsync(server));
        Assert.Equal(_repository.Timestamp.Version, VersionOf("timestamp.json"));
        Assert.Equal(_repository.Root.Version, VersionOf($"root_history/{_repository.Root.Version}.root.json"));
        Assert.All(_directory.Files(), file => Assert.EndsWith(".json", file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_lock_is_free_at_once_although_a_process_that_is_being_started_has_a_copy()
    {
        var held = await StoreLock.AcquireAsync(_directory.Path, TimeProvider.System, default);
        var descriptor = Directory
            .EnumerateFileSystemEntries("/proc/self/fd")
            .Single(link => new FileInfo(link).LinkTarget == _directory.Path);
        var copy = dup(int.Parse(Path.GetFileName(descriptor)));
        try
        {
            held.Dispose();
            using var impatience = new CancellationTokenSource();
            // A manual clock never comes to a second look.
            var again = StoreLock.AcquireAsync(_directory.Path, new ManualTime(), impatience.Token);
            Assert.True(again.IsCompletedSuccessfully);
            (await again).Dispose();
        }
        finally
        {
            Assert.Equal(0, close(copy));
        }
    }

    public void Dispose() => _directory.Dispose();

    private async Task InitialiseAsync()
    {
        using var anchor = new TemporaryDirectory();
        File.WriteAllBytes(anchor["root.json"], _repository.TrustAnchor);
        var (exitCode, error) = await BuiltProgram.RunAsync(
            BuiltProgram.ConformanceClient,
            _directory.Path,
            ["--metadata-dir", _directory.Path, "init", anchor["root.json"]]
        );
        Assert.True(exitCode == 0, error);
    }

    private void PublishChange(bool rotate)
    {
        if (rotate)
        {
            // Root's alone: a refresh that has seen the old root cannot verify what other roles' new keys sign a moment later.
            _repository.RotateKeys("root");
            _repository.PublishNextRoot();
        }

        _repository.PublishNext();
    }

    private async Task WorkAsync(SimulatorServer server)
    {
        for (var i = 0; i < RefreshesEach; i++)
        {
            Assert.Equal((0, ""), await RefreshAsync(server));
        }
    }

    // Killed after one request more each time, whosever it was: behind each of its steps sooner or later.
    private async Task KillAsync(SimulatorServer server)
    {
        for (var i = 1; i <= Victims; i++)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var left = i;
            var before = server.OnRequest;
            server.OnRequest = name =>
            {
                before(name);
                if (Interlocked.Decrement(ref left) == 0)
                {
                    seen.SetResult();
                }
            };
            using var victim = BuiltProgram.Start(BuiltProgram.ConformanceClient, _directory.Path, Arguments(server));
            await Task.WhenAny(seen.Task, victim.WaitForExitAsync());
            victim.Kill();
            await victim.WaitForExitAsync();
            server.OnRequest = before;
        }
    }

    /// <returns>How often it looked.</returns>
    private Task<int> WatchAsync(CancellationToken over) =>
        Task.Run(async () =>
        {
            var looks = 0;
            var seen = new Dictionary<string, long>(StringComparer.Ordinal);
            while (!over.IsCancellationRequested)
            {
                foreach (var file in (string[])["timestamp.json", "snapshot.json", "targets.json"])
                {
                    var version = VersionOf(file);
                    Assert.True(version >= seen.GetValueOrDefault(file), $"{file} went back to {version}");
                    seen[file] = version;
                }

                looks++;
                await Task.Yield();
            }

            return looks;
        });

    private Task<(int ExitCode, string Error)> RefreshAsync(SimulatorServer server) =>
        BuiltProgram.RunAsync(BuiltProgram.ConformanceClient, _directory.Path, Arguments(server));

    private string[] Arguments(SimulatorServer server) =>
        ["--metadata-url", server.Url + "/metadata", "--metadata-dir", _directory.Path, "refresh"];

    private long VersionOf(string file) =>
        File.Exists(_directory[file])
            ? MetadataDocument.Parse(DurableFile.Read(_directory[file], 1_000_000)).Version
            : 0;

    [LibraryImport("libc.so.6")]
    private static partial int dup(int descriptor);

    [LibraryImport("libc.so.6")]
    private static partial int close(int descriptor);
}
