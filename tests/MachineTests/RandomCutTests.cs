using System.Globalization;

namespace MachineTests;

/// <summary>
/// The plug is pulled at a random moment of a whole update; what is random follows from a seed. UPDATE_ENGINE_CUT_SEEDS=FIRST-LAST asks for other seeds than the
/// first 25, and goes on behind those that have passed (artifacts/vm/passed-cuts).
/// </summary>
[Collection(nameof(RandomCutTests))]
[CollectionDefinition(nameof(RandomCutTests), DisableParallelization = true)]
public sealed class RandomCutTests(Workshop workshop)
{
    private const string Activate = "updatectl activate 2>&1 | cat; /bin/reboot";
    private const string Whole = "updatectl prepare --pin 1.1.0 2>&1 | cat; " + Activate;
    private const double LongestDelay = 4; // seconds, of a stage that takes 1 to 8

    // What the console says on the way; the cut comes some moments after one of them.
    private static readonly Stage[] s_stages =
    [
        .. Stages(
            w => w.FactoryAsync(),
            Whole,
            "^",
            "boot image",
            "boot image, reading back",
            "root image",
            "root image, reading back",
            "is prepared in slot B"
        ),
        .. Stages(w => w.PreparedAsync(), Activate, "checking again", "boots next"),
        .. Stages(
            w => w.ActivatedAsync(),
            "/bin/reboot",
            "Restarting system",
            "slot B of /dev/vda boots",
            "jumps",
            "demo: 1.1.0 is up",
            "the gate ended with 0"
        ),
    ];

    private static string Passed => Path.Combine(Programs.Repository, "artifacts/vm/passed-cuts");

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task Whenever_the_power_goes_the_machine_comes_back_on_a_published_release_with_its_history_true()
    {
        var asked = Environment.GetEnvironmentVariable("UPDATE_ENGINE_CUT_SEEDS");
        var ends = (asked ?? "0-24").Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var done = asked is not null && File.Exists(Passed) ? File.ReadAllLines(Passed) : [];
        var seeds = Enumerable.Range(ends[0], ends[^1] - ends[0] + 1).Where(s => !done.Contains($"{s}"));
        // A machine for each processor: more would only be slower, and what a delay hits would depend on it.
        var machines = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        using var passed = asked is null ? null : new StreamWriter(Passed, append: true) { AutoFlush = true };
        await Parallel.ForEachAsync(
            seeds,
            machines,
            async (seed, _) =>
            {
                try
                {
                    await CutAsync(new Random(seed), goesOn: seed % 3 == 0);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"With the seed {seed}: {e.Message}", e);
                }

                if (passed is not null)
                {
                    lock (passed)
                    {
                        passed.WriteLine(seed);
                    }
                }
            }
        );
    }

    private async Task CutAsync(Random random, bool goesOn)
    {
        await workshop.PublishAsync(new Release("1.1.0"));
        var stage = s_stages[random.Next(s_stages.Length)];
        var delay = TimeSpan.FromSeconds(random.NextDouble() * LongestDelay);
        await using var scenario = await Scenario.BeginAsync(workshop, await stage.Begin(workshop));
        scenario.Machine.Type(stage.Commands);
        await scenario.Machine.SaysAsync(stage.Says);
        await Task.Delay(delay, TestContext.Current.CancellationToken);
        await scenario.CutPowerAsync();

        var up = await scenario.Machine.SaysAsync(@"demo: (?<version>1\.[01]\.0) is up");
        Assert.Equal(0, await scenario.Machine.ReachesPromptAsync());
        var version = up.Groups["version"].Value;
        await scenario.RunsAsync(version, version == "1.0.0" ? "A" : "B");
        var history = await scenario.Machine.MustAsync("updatectl history");
        Assert.DoesNotContain("boot-failed", history, StringComparison.Ordinal);
        if (version == "1.1.0")
        {
            Assert.Contains("slot B with 1.1.0 boots next", history, StringComparison.Ordinal);
            Assert.Contains("slot B with 1.1.0 is good", history, StringComparison.Ordinal);
        }
        else if (goesOn)
        {
            scenario.Machine.Type(Whole);
            Assert.Equal(0, await scenario.Machine.BootsAsync("1.1.0"));
            await scenario.RunsAsync("1.1.0", "B");
        }
    }

    private static IEnumerable<Stage> Stages(
        Func<Workshop, Task<Moment>> begin,
        string commands,
        params IEnumerable<string> says
    ) => says.Select(s => new Stage(begin, commands, s));

    /// <param name="Begin">The machine at the last prompt before it.</param>
    /// <param name="Commands">What is typed there.</param>
    private sealed record Stage(Func<Workshop, Task<Moment>> Begin, string Commands, string Says);
}
