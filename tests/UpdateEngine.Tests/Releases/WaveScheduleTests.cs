using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Releases;

namespace UpdateEngine.Tests.Releases;

public sealed class WaveScheduleTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    /// <summary>From noon: 512 seeds in 8 h 32 min (a minute each), 512 in 512 hours, the rest in 1024 days.</summary>
    private static readonly SortedDictionary<int, DateTimeOffset> s_closed = new()
    {
        [0] = s_start,
        [512] = s_start.AddMinutes(512),
        [1024] = s_start.AddMinutes(512).AddHours(512),
        [2048] = s_start.AddMinutes(512).AddHours(512).AddDays(1024),
    };

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(511, 1, 511)]
    [InlineData(512, 2, 512)]
    [InlineData(513, 2, 512 + 60)]
    [InlineData(1023, 2, 512 + 511 * 60)]
    [InlineData(1024, 3, 512 + 512 * 60)]
    [InlineData(1025, 3, 512 + 512 * 60 + 1440)]
    [InlineData(2047, 3, 512 + 512 * 60 + 1023 * 1440)]
    public void Within_a_wave_hosts_become_ready_linearly(int seed, int wave, int minutes) =>
        Assert.Equal(new WaveOpening(s_start.AddMinutes(minutes), wave, 3), WaveSchedule.For(s_closed, seed));

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(100)]
    public void Seeds_below_the_first_key_join_the_first_wave_at_its_start(int seed)
    {
        var waves = new SortedDictionary<int, DateTimeOffset> { [100] = s_start, [2048] = s_start.AddDays(1) };
        Assert.Equal(new WaveOpening(s_start, 1, 1), WaveSchedule.For(waves, seed));
    }

    [Fact]
    public void Without_a_closing_entry_the_last_wave_opens_at_once()
    {
        var waves = new SortedDictionary<int, DateTimeOffset> { [0] = s_start, [1024] = s_start.AddDays(1) };
        Assert.Equal(s_start.AddHours(12), WaveSchedule.For(waves, 512)!.At);
        Assert.Equal(new WaveOpening(s_start.AddDays(1), 2, 2), WaveSchedule.For(waves, 1024));
        Assert.Equal(new WaveOpening(s_start.AddDays(1), 2, 2), WaveSchedule.For(waves, 2047));
    }

    [Fact]
    public void No_waves_are_open_to_everybody() => Assert.Null(WaveSchedule.For([], 7));

    [Theory]
    [InlineData(-1)]
    [InlineData(2048)]
    public void A_seed_out_of_range_is_an_error(int seed) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WaveSchedule.For(s_closed, seed));

    [Theory]
    [InlineData(new[] { -2, 0 }, "have the key -2, outside 0 to 2048")]
    [InlineData(new[] { -1, 0 }, "have the key -1, outside 0 to 2048")]
    [InlineData(new[] { 0, 2049 }, "have the key 2049, outside 0 to 2048")]
    [InlineData(new[] { 2048 }, "have only a closing entry")]
    [InlineData(new int[0], null)]
    [InlineData(new[] { 0, 1, 2047, 2048 }, null)]
    public void Keys_out_of_range_are_a_fault(int[] keys, string? fault)
    {
        var waves = new SortedDictionary<int, DateTimeOffset>(keys.ToDictionary(k => k, k => s_start.AddHours(k)));
        Assert.Equal(fault, WaveSchedule.Fault(waves));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Times_that_do_not_go_forward_are_a_fault(int hours)
    {
        var waves = new SortedDictionary<int, DateTimeOffset> { [0] = s_start, [7] = s_start.AddHours(hours) };
        Assert.Equal("do not go forward in time at the key 7", WaveSchedule.Fault(waves));
    }

    [Fact]
    public void A_closed_schedule_moves_no_two_hosts_at_once_and_none_before_its_start_or_after_its_end() =>
        Prop.ForAll(
                Arb.From(Schedules(closed: true)),
                waves =>
                {
                    var ready = Enumerable
                        .Range(0, WaveSchedule.Seeds)
                        .Select(s => WaveSchedule.For(waves, s)!.At)
                        .ToList();
                    var joinLate = waves.Keys.First();
                    return WaveSchedule.Fault(waves) is null
                        && ready.Take(joinLate + 1).All(at => at == waves.Values.First())
                        && ready.Skip(joinLate).Zip(ready.Skip(joinLate + 1)).All(pair => pair.First < pair.Second)
                        && ready[^1] < waves.Values.Last();
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Readiness_never_goes_back_with_the_seed_and_waves_are_numbered_from_one() =>
        Prop.ForAll(
                Arb.From(Schedules(closed: false)),
                waves =>
                {
                    var openings = Enumerable
                        .Range(0, WaveSchedule.Seeds)
                        .Select(s => WaveSchedule.For(waves, s)!)
                        .ToList();
                    return openings
                            .Zip(openings.Skip(1))
                            .All(p => p.First.At <= p.Second.At && p.First.Wave <= p.Second.Wave)
                        && openings[0].Wave == 1
                        && openings[^1].Wave == openings[^1].Waves;
                }
            )
            .QuickCheckThrowOnFailure();

    private static Gen<SortedDictionary<int, DateTimeOffset>> Schedules(bool closed) =>
        from keys in Gen.NonEmptyListOf(Gen.Choose(0, WaveSchedule.Seeds - 1))
        from minutes in Gen.ArrayOf(Gen.Choose(1, 100_000), keys.Count + 1)
        select Build([.. keys.Distinct().Order()], minutes, closed);

    private static SortedDictionary<int, DateTimeOffset> Build(List<int> keys, int[] minutes, bool closed)
    {
        if (closed)
        {
            keys.Add(WaveSchedule.Seeds);
        }

        var (waves, at) = (new SortedDictionary<int, DateTimeOffset>(), s_start);
        for (var i = 0; i < keys.Count; i++)
        {
            waves[keys[i]] = at;
            at = at.AddMinutes(minutes[i]);
        }

        return waves;
    }
}
