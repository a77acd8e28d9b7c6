using System.Diagnostics;

namespace SystemTests.Harness;

/// <summary>Waits for what another process does; never for a time.</summary>
internal static class Wait
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(string what, Func<bool> condition, Func<string>? explain = null) =>
        UntilAsync(what, () => Task.FromResult(condition()), explain);

    public static async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string>? explain = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < s_longest, $"waited {s_longest} in vain for: {what}\n{explain?.Invoke()}");
            await Task.Delay(s_poll);
        }
    }
}
