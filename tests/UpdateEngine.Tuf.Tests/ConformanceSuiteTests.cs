using System.Diagnostics;
using Xunit;

namespace UpdateEngine.Tuf.Tests;

/// <summary>
/// The public suite (theupdateframework/tuf-conformance) against tests/TufConformanceClient. TUF_CONFORMANCE names a
/// checkout; `python3` must find pytest and the packages that the checkout's pyproject.toml lists; `faketime` must be installed.
/// </summary>
public sealed class ConformanceSuiteTests
{
    [Fact]
    public async Task The_public_suite_passes_with_no_expected_failures()
    {
        var checkout = Environment.GetEnvironmentVariable("TUF_CONFORMANCE");
        Assert.SkipWhen(string.IsNullOrEmpty(checkout), "TUF_CONFORMANCE does not name a checkout of tuf-conformance.");
        var client = BuiltProgram.ConformanceClient;
        Assert.False(File.Exists(client + ".xfails"));

        var start = new ProcessStartInfo("python3")
        {
            WorkingDirectory = checkout,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList = { "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider" },
        };
        start.ArgumentList.Add("tuf_conformance");
        start.ArgumentList.Add("--entrypoint");
        start.ArgumentList.Add(client);
        using var suite = Process.Start(start)!;
        var output = await suite.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await suite.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(suite.ExitCode == 0, output);
        Assert.Matches(@"\n[0-9]+ passed in ", output);
    }
}
