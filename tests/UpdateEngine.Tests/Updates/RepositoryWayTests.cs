using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Updates;

/// <summary>By which way a host comes to its repository, as its configuration says.</summary>
public sealed class RepositoryWayTests
{
    [Fact]
    public async Task A_mirror_does_where_the_main_place_has_nothing()
    {
        using var host = await Sandbox.OfferingAsync("2.0.0");
        host.Configure(
            (
                "repository",
                new
                {
                    metadata_url = "file:///no/such/metadata/",
                    targets_url = "file:///no/such/targets/",
                    mirrors = new[]
                    {
                        new { metadata_url = host.Repository.MetadataUrl, targets_url = host.Repository.TargetsUrl },
                    },
                }
            )
        );
        Assert.Contains((await host.CheckAsync()).Warnings, w => w.StartsWith("mirror: ", StringComparison.Ordinal));
        await host.PrepareAsync();
        Assert.Equal(Sandbox.RootImage("2.0.0"), host.Content("B", "root", Sandbox.RootImage("2.0.0").Length));
    }

    [Theory]
    [InlineData(null, "ca.pem")]
    [InlineData("no certificate", "holds no certificate in PEM form")]
    public async Task Authorities_that_are_none_are_named(string? content, string expected)
    {
        using var host = new Sandbox();
        if (content is not null)
        {
            File.WriteAllText(host.Paths.Of("/ca.pem"), content);
        }

        host.Configure(
            ("repository", new { metadata_url = "https://127.0.0.1:1/", targets_url = "https://127.0.0.1:1/" }),
            ("certificate_authorities", "/ca.pem")
        );
        var error = await Assert.ThrowsAsync<UpdateException>(host.CheckAsync);
        Assert.Equal(ErrorCodes.ConfigurationInvalid, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
