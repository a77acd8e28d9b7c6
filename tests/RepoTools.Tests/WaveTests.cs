using RepoTools.Commands;
using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

public sealed class WaveTests
{
    private static readonly DateTimeOffset s_start = TestRepository.Start;

    public static TheoryData<string> Policies => [.. WavePolicy.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_gives_waves_that_hosts_accept_and_that_close(string name)
    {
        var waves = WavePolicy.Waves(name, s_start);

        Assert.Null(WaveSchedule.Fault(waves));
        Assert.Equal(s_start, waves[0]);
        Assert.True(waves.ContainsKey(WaveSchedule.Seeds));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_opens_for_the_share_that_it_states_at_each_point(string name)
    {
        var policy = WavePolicy.All.Single(p => p.Name == name);
        var waves = WavePolicy.Waves(name, s_start);

        Assert.Equal(0, WaveShares.Open(waves, s_start.AddTicks(-1)));
        Assert.All(
            policy.Curve,
            point => Assert.Equal((double)point.Percent / 100, WaveShares.Open(waves, s_start + point.After), 0.001)
        );
        Assert.All(WaveShares.Rows(waves), row => Assert.Equal(row.OpenBy, WaveShares.Open(waves, row.Ends), 0.001));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void No_two_hosts_of_a_policy_open_in_the_same_instant(string name)
    {
        var waves = WavePolicy.Waves(name, s_start);

        var openings = Enumerable
            .Range(0, WaveSchedule.Seeds)
            .Select(seed => WaveSchedule.For(waves, seed)!.At)
            .ToArray();

        Assert.Equal(openings.Order().Distinct(), openings);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("4h", 14400)]
    [InlineData("2d", 172800)]
    [InlineData("1w", 604800)]
    [InlineData("1d12h", 129600)]
    [InlineData("0m", 0)]
    public void Durations_have_minutes_too(string text, int seconds)
    {
        Assert.True(Times.TryParseSpan(text, out var span));
        Assert.Equal(TimeSpan.FromSeconds(seconds), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("m")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("4 h")]
    [InlineData("5y")]
    [InlineData("99999999999999999999d")]
    [InlineData("999999999999999999d")]
    [InlineData("36501d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Times.TryParseSpan(text, out _));

    [Theory]
    [InlineData("2026-11-20T12:00:00")]
    [InlineData("2026-11-20")]
    [InlineData("tomorrow")]
    public void An_instant_without_an_offset_is_refused(string text) => Assert.False(Instants.TryParse(text, out _));

    [Fact]
    public void Waves_by_hand_take_spans_and_instants_and_are_closed()
    {
        var waves = WaveEntries.Parse(["0=0m", "256=30m", "512=2026-11-20T14:40:00+02:00", "1024=1h"], s_start);

        Assert.Equal([0, 256, 512, 1024, 2048], waves.Keys);
        Assert.Equal([0, 30, 40, 60, 80], waves.Values.Select(t => (t - s_start).TotalMinutes));
    }

    [Fact]
    public void A_single_wave_is_closed_after_a_day()
    {
        var waves = WaveEntries.Parse(["0=0m"], s_start);

        Assert.Equal(s_start.AddDays(1), waves[2048]);
    }

    [Theory]
    [InlineData("0", "is not a wave")]
    [InlineData("-1=4h", "is not a wave")]
    [InlineData("2049=4h", "is not a wave")]
    [InlineData("512=soon", "no time for a wave")]
    [InlineData("2048=4h", "only a closing entry")]
    public void A_wave_that_makes_no_sense_is_refused_by_name(string entry, string why)
    {
        var fault = Assert.Throws<UpdateException>(() => WaveEntries.Parse([entry], s_start));

        Assert.Equal(ErrorCodes.Usage, fault.Code);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waves_that_go_backwards_or_repeat_a_seed_are_refused()
    {
        Assert.Contains("forward in time at the key 512", Refusal("0=4h", "512=1h"), StringComparison.Ordinal);
        Assert.Contains("512 has two times", Refusal("512=1h", "512=2h"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waves_are_set_in_the_draft_and_reach_hosts_with_publish()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--wave-policy", "none");
        await repository.MustAsync(repository.PublishArguments());

        var set = await repository.MustAsync([
            "waves",
            "set",
            repository.Path,
            "--version",
            "1.2.0",
            "--policy",
            "fast",
            "--start",
            "2026-12-01T00:00:00Z",
        ]);
        Assert.Empty((await repository.ReadAsHostAsync()).Manifest!.Updates[0].Waves);
        await repository.MustAsync(repository.PublishArguments());

        var waves = (await repository.ReadAsHostAsync()).Manifest!.Updates[0].Waves;
        Assert.Equal([0, 102, 512, 2048], waves.Keys);
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 4, 0, 0, TimeSpan.Zero), waves[2048]);
        Assert.Contains("1     0-101     5.0 %   2026-12-01 00:00 UTC  30 min", set.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waves_show_tells_the_share_of_the_fleet_over_time()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        repository.Time.Now += TimeSpan.FromDays(1);

        var shown = await repository.MustAsync(["waves", "show", repository.Path, "--version", "1.2.0"]);

        const string Golden = """
            demo 1.2.0 (x86_64)

            WAVE  SEEDS      HOSTS   OPENS                 TAKES  FLEET OPEN BY THEN
            1     0-101      5.0 %   2026-11-20 12:00 UTC  4 h    5.0 % at 2026-11-20 16:00 UTC
            2     102-511    20.0 %  2026-11-20 16:00 UTC  20 h   25.0 % at 2026-11-21 12:00 UTC
            3     512-1227   35.0 %  2026-11-21 12:00 UTC  1 d    60.0 % at 2026-11-22 12:00 UTC
            4     1228-2047  40.0 %  2026-11-22 12:00 UTC  2 d    100.0 % at 2026-11-24 12:00 UTC

            Now it is open for 25.0 % of the fleet.

            """;
        Assert.Equal(Golden, shown.Out);
    }

    [Fact]
    public async Task Waves_set_takes_a_policy_or_waves_and_not_both()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        string[] set = ["waves", "set", repository.Path, "--version", "1.2.0"];

        Assert.Equal(64, (await repository.RunAsync(set)).Code);
        Assert.Equal(64, (await repository.RunAsync([.. set, "--policy", "fast", "--wave", "0=0m"])).Code);
        var unknown = await repository.RunAsync([.. set, "--policy", "hasty"]);
        Assert.Equal(64, unknown.Code);
        Assert.Contains(
            "there are default, accelerated, slow-roll, emergency, none",
            unknown.Error,
            StringComparison.Ordinal
        );
    }

    private static string Refusal(params string[] entries) =>
        Assert.Throws<UpdateException>(() => WaveEntries.Parse(entries, s_start)).Message;
}
