namespace SystemTests;

/// <summary>Wrong command lines: 64, one sentence that names the word, and where to read on.</summary>
public sealed class UsageTests
{
    public static TheoryData<string, string> Updatectl =>
        new()
        {
            { "", "say which command" },
            { "prepair", "prepair" },
            { "status --colour", "--colour" },
            { "status now", "now" },
            { "deny", "say which command" },
            { "deny add", "VERSION" },
            { "deny add 1.2.0 1.3.0", "1.3.0" },
            { "history --count many", "many" },
            { "history --count 0", "0" },
            { "history --count", "--count" },
            { "prepare --pin", "--pin" },
            { "--root", "--root" },
            { "prepare --force=maybe", "maybe" },
        };

    [Theory]
    [MemberData(nameof(Updatectl))]
    public async Task A_wrong_command_line_of_updatectl_is_explained(string line, string name)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Updatectl, args), 64, name, "--help");
    }

    [Theory]
    [InlineData("deny add banana", "banana")]
    [InlineData("prepare --pin banana", "banana")]
    [InlineData("prepare --force", "--pin")]
    public async Task A_wrong_value_is_explained_before_the_host_is_looked_at(string line, string name)
    {
        var result = await RunningProgram.RunAsync(Programs.Updatectl, ["--root", "/nonexistent", .. line.Split(' ')]);

        Refusal.IsClear(result, 64, name, "--help");
    }

    [Theory]
    [InlineData("", "name a disk")]
    [InlineData("--colour", "--colour")]
    [InlineData("disk.img other.img", "other.img")]
    [InlineData("disk.img --root host", "not both")]
    [InlineData("--root", "--root")]
    public async Task A_wrong_command_line_of_the_boot_selector_is_explained(string line, string name)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Refusal.IsClear(await RunningProgram.RunAsync(Programs.BootSelector, args), 64, name, "--help");
    }

    [Theory]
    [InlineData("--colour")]
    [InlineData("--root")]
    [InlineData("start now")]
    public async Task A_wrong_command_line_of_the_daemon_is_explained(string line)
    {
        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Daemon, line.Split(' ')), 64, line, "--help");
    }
}
