using System.Text.RegularExpressions;
using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

public sealed partial class WaveFileTests : IDisposable
{
    private static readonly DateTimeOffset s_start = TestRepository.Start;

    private readonly TempDirectory _directory = new();

    [Fact]
    public void A_file_with_minutes_hours_and_days_becomes_waves()
    {
        var policy = Read(
            """
            {
              "summary": "Half a percent first",
              "waves": [
                { "open_by": "30m", "fleet_percentage": 0.5 },
                { "open_by": "4h", "fleet_percentage": 25 },
                { "open_by": "1d12h", "fleet_percentage": 100 }
              ]
            }
            """
        );

        var waves = policy.Waves(s_start);

        Assert.Equal([0, 10, 512, 2048], waves.Keys);
        Assert.Equal([0, 30, 240, 2160], waves.Values.Select(t => (t - s_start).TotalMinutes));
        Assert.Null(WaveSchedule.Fault(waves));
    }

    [Theory]
    [InlineData("""{}""", "it has no \"waves\"")]
    [InlineData("""{"waves": []}""", "does not reach 100 percent")]
    [InlineData("""{"waves": [{"open_by": "4h", "fleet_percentage": 99}]}""", "does not reach 100 percent")]
    [InlineData("""{"waves": [{"open_by": "soon", "fleet_percentage": 100}]}""", "\"open_by\" of wave 1 is no span")]
    [InlineData("""{"waves": [{"fleet_percentage": 100}]}""", "\"open_by\" of wave 1 is no span")]
    [InlineData("""{"waves": [{"open_by": "0m", "fleet_percentage": 100}]}""", "wave 1 is not later and larger")]
    [InlineData("""{"waves": [{"open_by": "1m", "fleet_percentage": 0.01}]}""", "wave 1 is not later and larger")]
    [InlineData("""{"waves": [{"open_by": "1m", "fleet_percentage": 101}]}""", "not above 0 and at most 100")]
    [InlineData("""{"waves": [{"open_by": "1m"}]}""", "not above 0 and at most 100")]
    [InlineData("""{"waves": [{"open_by": "1m", "fleet_percent": 100}]}""", "fleet_percent\" is not known (line 1)")]
    [InlineData("""{"waves": [null]}""", "\"open_by\" of wave 1 is no span")]
    [InlineData("""{"waves": [], "waves": []}""", "the same key twice")]
    [InlineData("""{"waves": 5}""", "wrong type")]
    [InlineData("""waves:""", "is not valid JSON")]
    public void A_file_that_makes_no_sense_is_refused_with_the_place(string json, string why)
    {
        var fault = Assert.Throws<UpdateException>(() => Read(json));

        Assert.Equal(ErrorCodes.Usage, fault.Code);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.Contains("waves.json", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documented_files_are_the_policies_that_are_built_in()
    {
        var document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "waves.md"));
        var examples = Example().Matches(document).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);

        Assert.Equal(WavePolicy.All.Select(p => p.Name).Order(), examples.Keys.Order());
        Assert.All(
            WavePolicy.All,
            policy => Assert.Equal(policy.Waves(s_start), Read(examples[policy.Name]).Waves(s_start))
        );
    }

    [Theory]
    [InlineData("fast", "accelerated")]
    [InlineData("slow", "slow-roll")]
    public void The_first_names_of_policies_still_work(string old, string present) =>
        Assert.Equal(WavePolicy.Waves(present, s_start), WavePolicy.Waves(old, s_start));

    [Fact]
    public async Task A_file_is_taken_by_waves_set_and_by_release_add()
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.Of("waves.json");
        File.WriteAllText(file, """{"waves": [{"open_by": "20m", "fleet_percentage": 100}]}""");
        var both = await repository.AddAsync("1.2.0", "--wave-file", file, "--wave-policy", "none");
        Assert.Equal(64, both.Code);

        Assert.Equal(0, (await repository.AddAsync("1.2.0", "--wave-file", file)).Code);
        await repository.AddAsync("1.3.0");
        string[] set = ["waves", "set", repository.Path, "--version", "1.3.0", "--file", file];
        await repository.MustAsync(set);

        var releases = Manifest.Parse(File.ReadAllBytes(repository.Workspace.DraftManifest)).Updates;
        Assert.All(releases, r => Assert.Equal([s_start, s_start.AddMinutes(20)], r.Waves.Values));
        Assert.Equal(64, (await repository.RunAsync([.. set, "--policy", "default"])).Code);
        Assert.Equal(66, (await repository.RunAsync([.. set[..^1], repository.Of("none.json")])).Code);
    }

    private WavePolicy Read(string json)
    {
        File.WriteAllText(_directory.Of("waves.json"), json);
        return WaveFile.Read(_directory.Of("waves.json"));
    }

    public void Dispose() => _directory.Dispose();

    [GeneratedRegex(@"^`([a-z-]+)`[^\n]*\n\n```json\n(.*?)```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();
}
