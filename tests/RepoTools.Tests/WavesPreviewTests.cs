using RepoTools.Tests.Simulators;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

public sealed class WavesPreviewTests
{
    [Fact]
    public async Task A_preview_shows_waves_and_the_share_of_the_fleet_over_time_in_80_columns()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        repository.Time.Now += TimeSpan.FromDays(1);

        var preview = await repository.MustAsync(["waves", "preview", repository.Path]);

        const string Golden = """
            demo 1.2.0 (x86_64)

            WAVE  SEEDS      HOSTS   FROM                  TO                    OPEN THEN
            1     0-101      5.0 %   2026-11-20 12:00 UTC  2026-11-20 16:00 UTC  5.0 %
            2     102-511    20.0 %  2026-11-20 16:00 UTC  2026-11-21 12:00 UTC  25.0 %
            3     512-1227   35.0 %  2026-11-21 12:00 UTC  2026-11-22 12:00 UTC  60.0 %
            4     1228-2047  40.0 %  2026-11-22 12:00 UTC  2026-11-24 12:00 UTC  100.0 %

            100 % |                                                                       #
             90 % |                                                               #########
             80 % |                                                      ##################
             70 % |                                             ###########################
             60 % |                                    ####################################
             50 % |                               #########################################
             40 % |                          ##############################################
             30 % |                     ###################################################
             20 % |               #########################################################
             10 % |       #################################################################
              1 % | #######################################################################
                  +------------------------------------------------------------------------
                                    ^ now
                   2026-11-20 12:00 UTC                                2026-11-24 12:00 UTC

            2026-11-21 12:00 UTC: open for 25.0 % of the fleet, seeds 0 to 512.

            """;
        Assert.Equal(Golden, preview.Out);
        Assert.All(preview.Out.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public async Task At_a_given_time_it_tells_what_is_open_then()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var preview = await repository.MustAsync(
            ["waves", "preview", repository.Path, "--version", "1.2.0"],
            ["--at", "2026-11-22T12:00:00Z", "--seed", "1227"]
        );

        Assert.Contains("2026-11-22 12:00 UTC: open for 60.0 %", preview.Out, StringComparison.Ordinal);
        Assert.Contains("seeds 0 to 1228.", preview.Out, StringComparison.Ordinal);
        Assert.Contains("^ then", preview.Out, StringComparison.Ordinal);
        Assert.Contains("seed 1227 is in wave 3 of 4: from 2026-11-22 11:57", preview.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_releases_are_shown_the_newest_first_and_what_holds_them_back()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--wave-policy", "none");
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(["release", "pause", repository.Path, "--all", "--reason", "Freeze"]);

        var preview = await repository.MustAsync(["waves", "preview", repository.Path]);
        var json = (await repository.MustAsync(["waves", "preview", repository.Path, "--json"])).Json;

        Assert.StartsWith("demo 1.3.0", preview.Out, StringComparison.Ordinal);
        Assert.EndsWith(
            """

            demo 1.2.0 (x86_64)

            No waves: open for the whole fleet at once.
            Nobody takes it: everything is paused (Freeze).

            """,
            preview.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(2, json.GetProperty("releases").GetArrayLength());
        Assert.Equal(1, json.GetProperty("releases")[1].GetProperty("open").GetDouble());
    }

    [Fact]
    public async Task One_hosts_turn_is_the_instant_at_which_that_host_chooses_the_release()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var manifest = Manifest.Parse(File.ReadAllBytes(repository.Workspace.DraftManifest));

        for (var seed = 0; seed < WaveSchedule.Seeds; seed += 89)
        {
            var preview = await repository.MustAsync([
                "waves",
                "preview",
                repository.Path,
                "--seed",
                $"{seed}",
                "--json",
            ]);
            var turn = preview.Json.GetProperty("releases")[0].GetProperty("turn");
            var opens = turn.GetProperty("opens").GetDateTimeOffset();

            var host = new HostIdentity("demo", "x86_64", SemanticVersion.Parse("1.0.0"), seed);
            Assert.NotNull(UpdatePolicy.Choose(manifest, host, [], opens, new()).Chosen);
            Assert.Null(UpdatePolicy.Choose(manifest, host, [], opens.AddTicks(-1), new()).Chosen);
        }
    }

    [Theory]
    [InlineData(64, "--seed must be 0 to 2047", "--seed", "2048")]
    [InlineData(64, "--seed must be 0 to 2047", "--seed", "-1")]
    [InlineData(64, "is not a time like", "--at", "tomorrow")]
    [InlineData(66, "no release 9.9.9", "--version", "9.9.9")]
    public async Task A_wrong_use_is_refused_in_one_sentence(int code, string why, params string[] args)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var result = await repository.RunAsync(["waves", "preview", repository.Path, .. args]);

        Assert.Equal(code, result.Code);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_repository_has_nothing_to_preview()
    {
        using var repository = await TestRepository.CreateAsync();

        var result = await repository.RunAsync("waves", "preview", repository.Path);

        Assert.Equal(66, result.Code);
        Assert.Contains("There is no release.", result.Error, StringComparison.Ordinal);
    }
}
