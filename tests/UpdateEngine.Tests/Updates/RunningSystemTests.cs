using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

public sealed class RunningSystemTests
{
    [Theory]
    [InlineData("", null, null)]
    [InlineData("VARIANT_ID=demo\nVERSION_ID=1.2.0\n", "demo", "1.2.0")]
    [InlineData("VARIANT_ID=\"demo\"\r\nVERSION_ID='1.2.0'\r\n", "demo", "1.2.0")]
    [InlineData("VERSION_ID=1.0.0\nVERSION_ID=1.1.0\n", null, "1.1.0")] // the last one counts, as in a shell
    [InlineData("#VERSION_ID=1.0.0\nMY_VERSION_ID=1.0.0\nVARIANT_ID=\n", null, null)]
    [InlineData("VERSION_ID=\"12\"\nVARIANT_ID=demo", "demo", null)] // no semantic version
    public void Variant_and_version_come_from_os_release(string text, string? variant, string? version)
    {
        var system = RunningSystem.Parse(text);
        Assert.Equal((variant, version), (system.Variant, system.Version?.ToString()));
    }

    [Fact]
    public void A_root_that_cannot_be_looked_into_has_the_name_of_the_journal_and_before_that_of_the_factory()
    {
        using var host = new Sandbox();
        new DiskNote(new Dictionary<string, SlotNote> { ["A"] = new("factory", "0.9.0") }).Write(host.DiskPath);
        Assert.Equal("1.0.0", Read(host).Version?.ToString());

        File.Delete(host.Paths.Journal);
        Assert.Equal(("factory", "0.9.0"), (Read(host).Variant, Read(host).Version?.ToString()));

        File.WriteAllText(DiskNote.PathOf(host.DiskPath), "{");
        Assert.Null(Read(host).Version);
    }

    private static RunningSystem Read(Sandbox host)
    {
        using var disk = HostDisk.OpenForReading(host.Host);
        return RunningSystem.Read(host.Host, disk);
    }
}
