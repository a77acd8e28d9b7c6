using System.Diagnostics;
using UpdateEngine.Configuration;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

public sealed class DiskMannersTests
{
    [Fact]
    public void Every_thread_of_the_process_steps_back()
    {
        var threads = Process.GetCurrentProcess().Threads.Cast<ProcessThread>().Select(t => t.Id).ToList();
        DiskManners.Apply(InputOutputPriority.Low);

        using var ionice = Process.Start(
            new ProcessStartInfo("ionice", ["-p", .. threads.Select(t => $"{t}")])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var answers = ionice.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(answers);
        Assert.All(answers, answer => Assert.Equal("best-effort: prio 7", answer));
    }
}
