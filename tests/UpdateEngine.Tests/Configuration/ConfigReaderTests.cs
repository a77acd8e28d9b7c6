using UpdateEngine.Configuration;
using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tests.Configuration;

public sealed class ConfigReaderTests : IDisposable
{
    private const string Least = """
        { "repository": { "metadata_url": "https://x/metadata", "targets_url": "https://x/targets" }, "disk": "/dev/vda" }
        """;

    private readonly TemporaryDirectory _directory = new();

    private HostPaths Paths => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_least_configuration_gets_every_default()
    {
        var config = Read(Least);
        Assert.Equal(
            ("https://x/metadata", "https://x/targets"),
            (config.MetadataUrl.ToString(), config.TargetsUrl.ToString())
        );
        Assert.Equal(("/dev/vda", "manifest.json"), (config.Disk, config.Manifest));
        Assert.Contains(config.Arch, new[] { "x86_64", "aarch64" });
        Assert.Equal(
            ((string?)null, (int?)null, Automation.Prepare, 3),
            (config.Variant, config.Seed, config.Automation, config.TrialTries)
        );
        TimeSpan[] spans =
        [
            config.CheckInterval,
            config.HealthDeadline,
            config.HealthCheckTimeout,
            config.DenyBackOff,
            config.StallTimeout,
        ];
        Assert.Equal([3600, 300, 60, 86400, 30], spans.Select(s => s.TotalSeconds));
    }

    [Fact]
    public void Every_field_is_read_and_comments_and_trailing_commas_are_allowed()
    {
        var config = Read(
            """
            // a comment
            { "repository": { "metadata_url": "file:///m", "targets_url": "http://t/", }, /* another */
              "disk": "disk.img", "manifest": "m.json", "variant": "demo", "arch": "riscv64", "seed": 2047, "automation": "Check",
              "check_interval": "1h30m", "trial_tries": 15, "health_deadline": "1d", "health_check_timeout": "1s",
              "deny_back_off": "0s", "stall_timeout": "60m", "bandwidth": "500KiB", "io_priority": "Idle" }
            """
        );
        Assert.Equal((500 * 1024L, InputOutputPriority.Idle), (config.Bandwidth, config.InputOutputPriority));
        Assert.Equal(("file:///m", "http://t/"), (config.MetadataUrl.ToString(), config.TargetsUrl.ToString()));
        Assert.Equal(
            ("disk.img", "m.json", "demo", "riscv64"),
            (config.Disk, config.Manifest, config.Variant, config.Arch)
        );
        Assert.Equal((2047, Automation.Check, 15), (config.Seed, config.Automation, config.TrialTries));
        TimeSpan[] spans =
        [
            config.CheckInterval,
            config.HealthDeadline,
            config.HealthCheckTimeout,
            config.DenyBackOff,
            config.StallTimeout,
        ];
        Assert.Equal([5400, 86400, 1, 0, 3600], spans.Select(s => s.TotalSeconds));
    }

    [Fact]
    public void Later_files_win_field_by_field_in_the_order_of_their_names()
    {
        Add("20-b.json", """{ "seed": 2, "repository": { "targets_url": "https://mirror/" } }""");
        Add("10-a.json", """{ "seed": 1, "trial_tries": 5, "variant": null }""");
        Add("30-c.txt", "no json");
        var config = Read(Least);
        Assert.Equal((2, 5), (config.Seed, config.TrialTries));
        Assert.Equal(
            ("https://x/metadata", "https://mirror/"),
            (config.MetadataUrl.ToString(), config.TargetsUrl.ToString())
        );
    }

    [Fact]
    public void The_way_to_the_repository_is_read_and_a_list_of_mirrors_is_taken_whole()
    {
        Add(
            "10.json",
            """{ "repository": { "mirrors": [{ "metadata_url": "https://a/m", "targets_url": "https://a/t" }] } }"""
        );
        Add(
            "20.json",
            """
            { "proxy": "none", "certificate_authorities": "/etc/ca.pem", "repository": { "mirrors": [
              { "metadata_url": "https://b/m", "targets_url": "http://b/t" },
              { "metadata_url": "http://c/m", "targets_url": "http://c/t" } ] } }
            """
        );
        Add("30.json", """{ "repository": { "targets_url": "https://d/" } }""");
        var config = Read(Least);
        Assert.Equal(
            ["https://b/m http://b/t", "http://c/m http://c/t"],
            config.Mirrors.Select(mirror => $"{mirror.MetadataUrl} {mirror.TargetsUrl}")
        );
        Assert.Equal("https://d/", config.TargetsUrl.ToString());
        Assert.Same(HttpProxy.None, config.Proxy);
        Assert.Equal("/etc/ca.pem", config.CertificateAuthorities);
    }

    [Fact]
    public void Without_a_word_of_the_way_there_are_no_mirrors_and_the_environments_proxy()
    {
        var config = Read(Least);
        Assert.Empty(config.Mirrors);
        Assert.Same(HttpProxy.FromEnvironment, config.Proxy);
        Assert.Null(config.CertificateAuthorities);
    }

    [Theory]
    [InlineData("seed", "-1", "\"seed\" is \"-1\", which is not a number from 0 to 2047.")]
    [InlineData("seed", "2048", "\"seed\" is \"2048\", which is not a number from 0 to 2047.")]
    [InlineData("seed", "1.5", "the field \"seed\" has a value of the wrong type (line 1).")]
    [InlineData("seed", "\"7\"", "the field \"seed\" has a value of the wrong type (line 1).")]
    [InlineData(
        "health_free_space",
        """{ "/var": "much" }""",
        "\"health_free_space./var\" is \"much\", which is not a size such as \"500MiB\" for a path that begins with /."
    )]
    [InlineData(
        "health_free_space",
        """{ "var": "1MiB" }""",
        "\"health_free_space.var\" is \"1MiB\", which is not a size such as \"500MiB\" for a path that begins with /."
    )]
    [InlineData(
        "health_services",
        """["--now"]""",
        "\"health_services[0]\" is \"--now\", which is not the name of a unit."
    )]
    [InlineData(
        "health_repository",
        "\"yes\"",
        "the field \"health_repository\" has a value of the wrong type (line 1)."
    )]
    [InlineData("trial_tries", "0", "\"trial_tries\" is \"0\", which is not a number from 1 to 15.")]
    [InlineData("trial_tries", "16", "\"trial_tries\" is \"16\", which is not a number from 1 to 15.")]
    [InlineData(
        "automation",
        "\"always\"",
        "\"automation\" is \"always\", which is not \"off\", \"check\" or \"prepare\"."
    )]
    [InlineData(
        "automation",
        "\"check,off\"",
        "\"automation\" is \"check,off\", which is not \"off\", \"check\" or \"prepare\"."
    )]
    [InlineData("automation", "\"+1\"", "\"automation\" is \"+1\", which is not \"off\", \"check\" or \"prepare\".")]
    [InlineData("disk", "\"\"", "\"disk\" is empty.")]
    [InlineData("disk", "7", "the field \"disk\" has a value of the wrong type (line 1).")]
    [InlineData(
        "health_deadline",
        "\"0s\"",
        "\"health_deadline\" is \"0s\", which is not a time such as \"30s\", \"10m\", \"4h\" or \"2d\" from 1 s to 1 d."
    )]
    [InlineData(
        "health_deadline",
        "\"25h\"",
        "\"health_deadline\" is \"25h\", which is not a time such as \"30s\", \"10m\", \"4h\" or \"2d\" from 1 s to 1 d."
    )]
    [InlineData(
        "bandwidth",
        "\"fast\"",
        "\"bandwidth\" is \"fast\", which is not a size that may come in a second, such as \"10MiB\" or \"500KiB\", of at least 1 KiB."
    )]
    [InlineData(
        "bandwidth",
        "\"1023\"",
        "\"bandwidth\" is \"1023\", which is not a size that may come in a second, such as \"10MiB\" or \"500KiB\", of at least 1 KiB."
    )]
    [InlineData(
        "io_priority",
        "\"nice\"",
        "\"io_priority\" is \"nice\", which is not \"normal\", \"low\" or \"idle\"."
    )]
    [InlineData(
        "stall_timeout",
        "\"30\"",
        "\"stall_timeout\" is \"30\", which is not a time such as \"30s\", \"10m\", \"4h\" or \"2d\" from 1 s to 1 h."
    )]
    [InlineData(
        "deny_back_off",
        "\"999999999d\"",
        "\"deny_back_off\" is \"999999999d\", which is not a time such as \"30s\", \"10m\", \"4h\" or \"2d\" from 0 s to 365 d."
    )]
    [InlineData(
        "repository",
        "{ \"metadata_url\": \"ftp://x\" }",
        "\"repository.metadata_url\" is \"ftp://x\", which is not an http, https or file URL without query and fragment."
    )]
    [InlineData(
        "repository",
        "{ \"metadata_url\": \"https://x/?token=1\" }",
        "\"repository.metadata_url\" is \"https://x/?token=1\", which is not an http, https or file URL without query and fragment."
    )]
    [InlineData(
        "repository",
        "{ \"targets_url\": \"x\" }",
        "\"repository.targets_url\" is \"x\", which is not an http, https or file URL without query and fragment."
    )]
    [InlineData("repository", "{ \"url\": \"x\" }", "the field \"repository.url\" is not known (line 1).")]
    [InlineData(
        "repository",
        "{ \"mirrors\": [{ \"metadata_url\": \"https://x\", \"targets_url\": \"x\" }] }",
        "\"repository.mirrors[0].targets_url\" is \"x\", which is not an http, https or file URL without query and fragment."
    )]
    [InlineData(
        "repository",
        "{ \"mirrors\": [{ \"metadata_url\": \"https://x\" }] }",
        "the field \"repository.mirrors[0].targets_url\" is missing."
    )]
    [InlineData(
        "repository",
        "{ \"mirrors\": [null] }",
        "the field \"repository.mirrors[0].metadata_url\" is missing."
    )]
    [InlineData(
        "repository",
        "{ \"mirrors\": [{ \"metadata_url\": \"file:///m\", \"targets_url\": \"file:///t\" }] }",
        "\"repository.mirrors\" and \"repository.metadata_url\" must be all file URLs or all others."
    )]
    [InlineData("proxy", "\"user:secret@proxy\"", "\"proxy\" is neither \"none\" nor an http, https or socks5 URL.")]
    [InlineData("dsik", "\"x\"", "the field \"dsik\" is not known (line 1).")]
    [InlineData("disk", "\"a\", \"disk\": \"b\"", "the field \"disk\" has the same key twice (line 1).")]
    public void A_wrong_field_is_named_with_its_file(string field, string value, string expected)
    {
        Add("50-x.json", $$"""{ "{{field}}": {{value}} }""");
        Assert.Equal($"{_directory["etc/update-engine/config.d/50-x.json"]}: {expected}", Fault(Least).Message);
    }

    [Theory]
    [InlineData("{}", "the field \"repository.metadata_url\" is missing.")]
    [InlineData(
        """{ "repository": { "metadata_url": "https://x" } }""",
        "the field \"repository.targets_url\" is missing."
    )]
    [InlineData(
        """{ "repository": { "metadata_url": "https://x", "targets_url": "https://x" } }""",
        "the field \"disk\" is missing."
    )]
    public void A_missing_field_is_named_with_the_file_it_belongs_into(string json, string expected) =>
        Assert.Equal($"{Paths.Config}: {expected}", Fault(json).Message);

    [Fact]
    public void A_missing_file_says_what_to_write_into_it()
    {
        var error = Errors.Is(ErrorCodes.ConfigurationInvalid, () => ConfigReader.Read(Paths));
        Assert.Equal($"{Paths.Config} is missing.", error.Message);
        Assert.Contains("metadata_url", error.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "holds null.")]
    [InlineData("", "is not valid JSON")]
    [InlineData("{", "is not valid JSON")]
    [InlineData("[]", "wrong type")]
    public void What_is_no_object_is_refused(string json, string expected) =>
        Assert.Contains(expected, Fault(json).Message, StringComparison.Ordinal);

    [Fact]
    public void A_link_that_leads_nowhere_is_named()
    {
        Add("10.json", "{}");
        File.CreateSymbolicLink(_directory["etc/update-engine/config.d/20.json"], "/nowhere/at/all");
        var error = Fault(Least);
        Assert.Contains("20.json can't be read: ", error.Message, StringComparison.Ordinal);
        Assert.False(error.Message.EndsWith("..", StringComparison.Ordinal), error.Message);
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_read() =>
        Assert.Contains("larger than", Fault(Least + new string(' ', 1024 * 1024)).Message, StringComparison.Ordinal);

    private HostConfig Read(string json)
    {
        _directory.Write("etc/update-engine/config.json", json);
        return ConfigReader.Read(Paths);
    }

    private UpdateException Fault(string json) => Errors.Is(ErrorCodes.ConfigurationInvalid, () => Read(json));

    private void Add(string name, string json) => _directory.Write("etc/update-engine/config.d/" + name, json);
}
