using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>
/// A refresh that stops behind any single step of any write: the directory as it is there is what a new process finds after a kill, and
/// after a power cut, too, for what a rename points at is on the medium before.
/// </summary>
public sealed class KilledRefreshTests : TufClientTestBase
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("flaw", "CVE-2022-29173")]
    public async Task A_new_client_recovers_from_every_place_and_never_goes_back(bool rotated)
    {
        var places = new List<TemporaryDirectory>();
        try
        {
            Repository.Delegate("targets", "role");
            Repository.AddTarget("t", [1], "role");
            Repository.PublishDelegations();
            await (await FindAsync(Directory.Path)).RefreshAsync(default);
            var before = Copy(Repository.Files);
            await PublishChangeAsync(rotated);

            DurableFile.AfterStep.Value = call =>
            {
                if (call.IsVisible)
                {
                    places.Add(Snapshot());
                }
            };
            await FindAsync(Directory.Path);
            DurableFile.AfterStep.Value = null;

            // Timestamp, snapshot, targets, role: create, write, rename; and with rotated keys two roots twice, and two removals.
            Assert.Equal(rotated ? 12 + 12 + 2 : 12, places.Count);
            var after = Copy(Repository.Files);
            foreach (var place in places)
            {
                await RequireRecoveryAsync(place, before, after);
            }
        }
        finally
        {
            DurableFile.AfterStep.Value = null;
            places.ForEach(place => place.Dispose());
        }
    }

    [Fact]
    public async Task What_was_left_behind_is_removed_by_the_next_refresh_even_in_the_history()
    {
        await RefreshAfterRestartAsync();
        File.WriteAllText(Directory[".timestamp.json.abc.tmp"], "{");
        File.WriteAllText(Directory["root_history/.2.root.json.abc.tmp"], "{");
        File.WriteAllText(Directory[".keep"], "");
        await RefreshAfterRestartAsync();
        Assert.DoesNotContain(Directory.Files(), file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Contains(".keep", Directory.Files());
    }

    [Fact]
    public void A_client_that_opens_while_a_refresh_tidies_up_writes_again()
    {
        var taken = 0;
        DurableFile.AfterStep.Value = call =>
        {
            // The first temporary file disappears before it is renamed, once it is written.
            if (call.Step == DurableStep.Write && taken++ == 0)
            {
                File.Delete(call.Path);
            }
        };
        Restart();
        DurableFile.AfterStep.Value = null;
        Assert.Equal(["root.json", "root_history/1.root.json"], Directory.Files());
        Assert.Equal(Repository.TrustAnchor, File.ReadAllBytes(Directory["root_history/1.root.json"]));
    }

    private async Task PublishChangeAsync(bool rotated)
    {
        if (rotated)
        {
            Repository.RotateKeys("root");
            Repository.PublishNextRoot();
            Repository.RotateKeys("timestamp");
            Repository.RotateKeys("snapshot");
            Repository.PublishNextRoot();
        }

        Repository.AddTarget("t", [2], "role");
        RepositorySimulator.Bump(Repository.Delegated["role"]);
        Repository.PublishDelegations();
        await Task.CompletedTask;
    }

    private async Task RequireRecoveryAsync(
        TemporaryDirectory place,
        Dictionary<string, byte[]> before,
        Dictionary<string, byte[]> after
    )
    {
        var trusted = Versions(place);
        // Offline what lies there is trusted whole, or refused by name.
        try
        {
            await Open(place.Path).LoadTrustedAsync(default);
        }
        catch (TufException error)
        {
            Assert.IsType<StoreCorruptException>(
                error is NotFoundException ? new StoreCorruptException("", "") : error
            );
        }

        // Whatever the repository of before offers, nothing that was seen is forgotten.
        Serve(before);
        using (var copy = Copy(place))
        {
            try
            {
                await Open(copy.Path).RefreshAsync(default);
            }
            catch (RollbackException)
            {
                // The timestamp was kept already.
            }
            catch (ThresholdException)
            {
                // The new keys were.
            }

            Assert.All(
                Versions(copy),
                file => Assert.True(file.Value >= trusted.GetValueOrDefault(file.Key), file.Key)
            );
        }

        Serve(after);
        var client = await FindAsync(place.Path);
        Assert.Equal(
            [2],
            await client.ReadTargetAsync((await client.FindTargetAsync(new TargetName("t"), default))!, 1, default)
        );
        Assert.All(place.Files(), file => Assert.EndsWith(".json", file, StringComparison.Ordinal));
        foreach (var role in (string[])["timestamp", "snapshot", "targets", "role"])
        {
            Assert.Equal(Stored(role), Versions(place)[$"{role}.json"]);
        }
    }

    private async Task<TufClient> FindAsync(string directory)
    {
        var client = Open(directory);
        await client.RefreshAsync(default);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
        return client;
    }

    private TufClient Open(string directory) => TufClient.Open(Options with { MetadataDirectory = directory });

    private void Serve(Dictionary<string, byte[]> files)
    {
        Repository.Files.Clear();
        foreach (var (name, bytes) in files)
        {
            Repository.Files[name] = bytes;
        }
    }

    private static Dictionary<string, byte[]> Copy(Dictionary<string, byte[]> files) =>
        new(files, StringComparer.Ordinal);

    private TemporaryDirectory Snapshot() => Copy(Directory);

    private static TemporaryDirectory Copy(TemporaryDirectory source)
    {
        var copy = new TemporaryDirectory();
        System.IO.Directory.CreateDirectory(copy["root_history"]);
        foreach (var file in source.Files())
        {
            // Not File.Copy, which respects the writer's lock.
            File.WriteAllBytes(copy[file], DurableFile.Read(source[file], 1_000_000));
        }

        return copy;
    }

    /// <summary>Of every file that is whole.</summary>
    private static Dictionary<string, long> Versions(TemporaryDirectory directory) =>
        directory
            .Files()
            .Where(file => file.EndsWith(".json", StringComparison.Ordinal))
            .ToDictionary(
                file => file,
                file => UpdateEngine.Tuf.Signing.MetadataDocument.Parse(File.ReadAllBytes(directory[file])).Version,
                StringComparer.Ordinal
            );
}
