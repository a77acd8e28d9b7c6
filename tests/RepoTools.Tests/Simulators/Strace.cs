using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>Ends the real program at a chosen moment, by SIGKILL.</summary>
internal static class Strace
{
    /// <summary>When it flushes a directory for the n-th time: the file is there, and nothing was done since.</summary>
    public static async Task KillAtFlushAsync(string directory, int flush, params string[] args)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        var result = await Tool.WitnessAsync(
            "strace",
            [
                .. (string[])["-f", "-qq", "-o", "/dev/null", "-P", directory],
                .. (string[])["-e", "trace=fsync", "-e", $"inject=fsync:signal=SIGKILL:when={flush}"],
                Tool.Program,
                .. args,
            ]
        );
        Assert.True(result.Code == 128 + 9, $"exit {result.Code}: {result.Out}{result.Error}");
    }
}
