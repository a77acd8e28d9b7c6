using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class ExpiryTests : TufClientTestBase
{
    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    [InlineData("root")]
    public async Task Expired_metadata_is_refused_and_not_kept(string role)
    {
        await RefreshAfterRestartAsync();
        var past = Time.GetUtcNow();
        Repository.Root.SetExpires(role is "root" ? past : Repository.Expires);
        Repository.Targets.SetExpires(role is "targets" ? past : Repository.Expires);
        Repository.Snapshot.SetExpires(role is "snapshot" ? past : Repository.Expires);
        Repository.Timestamp.SetExpires(role is "timestamp" ? past : Repository.Expires);
        Repository.PublishNextRoot();
        Repository.PublishNext();
        var error = await RefusedAsync<ExpiredException>();
        Assert.Equal((role, 2L, past, past), (error.Subject, error.Version, error.Expires, error.Now));
        if (role is not "root")
        {
            Assert.Equal(1, Stored(role));
        }
    }

    [Fact]
    public async Task Only_the_last_root_must_be_current()
    {
        Repository.Root.SetExpires(Time.GetUtcNow().AddDays(-1));
        Repository.PublishNextRoot();
        Repository.Root.SetExpires(Repository.Expires);
        Repository.PublishNextRoot();
        Assert.Equal(3, (await RefreshAfterRestartAsync()).RootVersion);
    }

    [Fact]
    public async Task A_repository_that_is_frozen_is_noticed_when_its_timestamp_expires()
    {
        await RefreshAfterRestartAsync();
        Time.Set(Repository.Expires);
        Repository.Root.SetExpires(Repository.Expires.AddYears(1));
        Repository.PublishNextRoot();
        Assert.Equal("timestamp", (await RefusedAsync<ExpiredException>()).Subject);
    }

    [Fact]
    public async Task An_expired_local_timestamp_still_remembers_its_version()
    {
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Time.Set(Repository.Expires.AddDays(1));
        Repository.Root.SetExpires(Repository.Expires.AddYears(1));
        Repository.PublishNextRoot();
        Repository.Timestamp.SetExpires(Repository.Expires.AddYears(1));
        Repository.Timestamp.SetVersion(1);
        Repository.PublishTimestamp();
        Assert.Equal(2, (await RefusedAsync<RollbackException>()).TrustedVersion);
    }

    [Fact]
    public async Task One_time_holds_for_a_whole_refresh()
    {
        // The clock passes every expiry between two reads of a refresh.
        var slow = new ClockMovingTransport(Repository, () => Time.Set(Repository.Expires.AddDays(1)));
        var result = await Tuf.Client.TufClient.Open(Options with { Transport = slow }).RefreshAsync(default);
        Assert.Equal(1, result.TargetsVersion);
    }

    [Fact]
    public async Task A_clock_below_its_floor_is_a_warning_and_expiry_is_judged_at_the_floor()
    {
        var floor = Time.GetUtcNow();
        Time.Set(DateTimeOffset.UnixEpoch);
        var client = Tuf.Client.TufClient.Open(Options with { ClockFloor = floor });
        Assert.StartsWith(
            "clock:",
            Assert.Single((await client.RefreshAsync(default)).Warnings),
            StringComparison.Ordinal
        );

        client = Tuf.Client.TufClient.Open(Options with { ClockFloor = Repository.Expires });
        await Assert.ThrowsAsync<ExpiredException>(() => client.RefreshAsync(default));
    }

    private sealed class ClockMovingTransport(Tuf.Transport.ITransport inner, Action move) : Tuf.Transport.ITransport
    {
        public Task<Tuf.Transport.TransportResponse> OpenAsync(
            Tuf.Transport.TransportRequest request,
            CancellationToken ct
        )
        {
            move();
            return inner.OpenAsync(request, ct);
        }
    }
}
