using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

public sealed class WaveMoveTests
{
    private static readonly DateTimeOffset s_start = TestRepository.Start;

    [Theory]
    [InlineData("4h", 4)]
    [InlineData("2d", 48)]
    public async Task Waves_shift_as_a_whole(string by, int hours)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var before = Waves(repository);

        var shifted = await repository.MustAsync(Command(repository, "shift", "--by", by));

        Assert.Equal(before.Keys, Waves(repository).Keys);
        Assert.Equal(before.Values.Select(t => t.AddHours(hours)), Waves(repository).Values);
        Assert.Contains("waves shifted by", shifted.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--by", "-30m")]
    [InlineData("--by=-30m")]
    public async Task Waves_begin_before_the_start_that_was_set_only_by_force(params string[] by)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var refused = await repository.RunAsync(Command(repository, "shift", by));
        Assert.Equal(76, refused.Code);
        Assert.Contains("before 2026-11-20 12:00 UTC", refused.Error, StringComparison.Ordinal);
        Assert.Equal(s_start, Waves(repository)[0]);

        var forced = await repository.MustAsync(Command(repository, "shift", by), ["--force"]);
        Assert.Contains("shifted by -30 min", forced.Out, StringComparison.Ordinal);
        Assert.Equal(s_start.AddMinutes(-30), Waves(repository)[0]);
    }

    [Theory]
    [InlineData("0h")]
    [InlineData("soon")]
    [InlineData("4")]
    public async Task A_shift_by_no_span_is_a_wrong_use(string by)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var result = await repository.RunAsync(Command(repository, "shift", "--by", by));

        Assert.Equal(64, result.Code);
        Assert.Contains("no span of time", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_without_waves_has_nothing_to_shift()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--wave-policy", "none");

        var result = await repository.RunAsync(Command(repository, "shift", "--by", "4h"));

        Assert.Equal(76, result.Code);
        Assert.Contains("has no waves", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("default")]
    public async Task After_a_stop_no_host_gets_it_whether_it_knows_pauses_or_only_waves(string policy)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--wave-policy", policy);
        repository.Time.Now += TimeSpan.FromDays(1);

        await repository.MustAsync(Command(repository, "stop", "--reason", "Falls back"));
        await repository.MustAsync(repository.PublishArguments());

        var release = (await repository.ReadAsHostAsync()).Manifest!.Updates[0];
        Assert.Equal("Falls back", release.Paused);
        Assert.Equal(0, WaveShares.Open(release.Waves, repository.Time.Now.AddYears(5)));
        Assert.Equal(76, (await repository.RunAsync(Command(repository, "stop"))).Code);
    }

    [Fact]
    public async Task A_stop_is_undone_exactly_by_a_shift_and_a_resume()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var before = File.ReadAllBytes(repository.Workspace.DraftManifest);

        await repository.MustAsync(Command(repository, "stop"));
        await repository.MustAsync(Command(repository, "shift", "--by", "-3650d", "--force"));
        await repository.MustAsync(["release", "resume", repository.Path, "--version", "1.2.0"]);

        Assert.Equal(before, File.ReadAllBytes(repository.Workspace.DraftManifest));
    }

    [Fact]
    public async Task A_resume_of_a_stopped_release_says_that_its_waves_are_far_ahead()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(Command(repository, "stop"));

        var resumed = await repository.MustAsync(["release", "resume", repository.Path, "--version", "1.2.0"]);

        Assert.Contains("waves set", resumed.Error, StringComparison.Ordinal);
    }

    private static string[] Command(TestRepository repository, string command, params string[] args) =>
        ["waves", command, repository.Path, "--version", "1.2.0", .. args];

    private static SortedDictionary<int, DateTimeOffset> Waves(TestRepository repository) =>
        Manifest.Parse(File.ReadAllBytes(repository.Workspace.DraftManifest)).Updates[0].Waves;
}
