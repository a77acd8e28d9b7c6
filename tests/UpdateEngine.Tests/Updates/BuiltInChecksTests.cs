using UpdateEngine.Health;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Updates;

/// <summary>What the gate looks at without a program for it.</summary>
public sealed class BuiltInChecksTests
{
    [Fact]
    public async Task A_host_that_has_what_it_needs_passes()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("health_free_space", new Dictionary<string, string> { ["/var"] = "1KiB" }));
        var outcomes = (await host.ConfirmAsync()).Report.Outcomes;
        Assert.Equal(
            ["space of /var", "space of /var/lib/update-engine", "repository"],
            outcomes.Select(o => o.Check.Name)
        );
        Assert.All(outcomes, o => Assert.Null(o.Failure));
    }

    [Theory]
    [InlineData("/var", "1PiB", @"health check space of /var failed: .*/var has [0-9.]+ [KMGT]iB free, not 1\.0 PiB")]
    [InlineData("/nowhere", "1KiB", "health check space of /nowhere failed: Could not find .*")]
    public async Task A_disk_without_the_space_that_is_asked_for_sends_a_new_release_back_for_a_while(
        string path,
        string least,
        string reason
    )
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("health_free_space", new Dictionary<string, string> { [path] = least }));
        await host.UpdateAsync();
        Assert.Equal(Verdict.RollBack, (await host.ConfirmAsync()).Verdict);
        var denied = Assert.Single(host.Denied);
        Assert.Matches(reason, denied.Reason);
        Assert.NotNull(denied.Until);
    }

    [Fact]
    public async Task A_repository_that_does_not_answer_is_only_remarked()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        File.Delete(Path.Combine(host.Repository.Directory, "metadata/timestamp.json"));
        var result = await host.ConfirmAsync();
        Assert.Equal(Verdict.Good, result.Verdict);
        var warning = Assert.Single(result.Report.Warnings);
        Assert.Equal(
            ("repository", $"failed: {host.Repository.MetadataUrl} has no timestamp.json"),
            (warning.Check.Name, warning.Failure)
        );

        host.Configure(("health_repository", false));
        Assert.Empty((await host.ConfirmAsync()).Report.Warnings);
    }

    [Fact]
    public async Task Where_there_is_no_systemd_its_units_are_only_remarked()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("health_services", (string[])["web.service"]));
        await host.UpdateAsync();
        var result = await host.ConfirmAsync();
        Assert.Equal(Verdict.Good, result.Verdict);
        Assert.Equal(
            "failed: \"health_services\" needs systemd, which does not run here",
            Assert.Single(result.Report.Warnings).Failure
        );
    }
}
