using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace UpdateEngine.Health;

/// <summary>Units of systemd that a healthy host runs. To be up for an instant is not enough: one that crashes in a loop is, each time it is started anew.</summary>
/// <param name="systemctl">The program.</param>
/// <param name="time">Between two looks.</param>
public sealed class Services(string systemctl, TimeProvider time)
{
    /// <summary>A unit that was not started anew for so long, and runs, is up.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until all of them have been up for <see cref="Settled"/>, or one can't come up any more.</summary>
    /// <returns>Which one is not up and why, as a clause; null when all are.</returns>
    /// <exception cref="OperationCanceledException">Stopped. A unit that is still starting then has not come up in time.</exception>
    public async Task<string?> FindFaultAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        var first = new Dictionary<string, (long Since, int Restarts)>(StringComparer.Ordinal);
        var waitingFor = "";
        try
        {
            while (true)
            {
                var units = await ShowAsync(names, stop);
                if (units.Select(u => u.Fault).FirstOrDefault(f => f is not null) is { } fault)
                {
                    return fault;
                }

                foreach (var unit in units)
                {
                    // Its time begins again with each start.
                    if (!unit.IsUp || !first.TryGetValue(unit.Name, out var seen) || seen.Restarts != unit.Restarts)
                    {
                        first[unit.Name] = (time.GetTimestamp(), unit.Restarts);
                    }
                }

                var last = units.MaxBy(u => first[u.Name].Since)!;
                if (units.All(u => u.IsUp) && time.GetElapsedTime(first[last.Name].Since) >= Settled)
                {
                    return null;
                }

                waitingFor = last.Waiting;
                await Task.Delay(s_pause, time, stop);
            }
        }
        catch (OperationCanceledException) when (waitingFor.Length > 0)
        {
            return waitingFor;
        }
    }

    /// <summary>Each name once, in the order that was asked for.</summary>
    private async Task<IReadOnlyList<Unit>> ShowAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        using var process = Start(names);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(stop);
        var text = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        // A unit is a paragraph.
        var paragraphs = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return process.ExitCode == 0 && paragraphs.Length == names.Count
            ? [.. names.Zip(paragraphs, Unit.Parse)]
            : throw new IOException(
                $"systemctl show ended with exit code {process.ExitCode} (\"{(await error).Trim()}\")"
            );
    }

    private Process Start(IReadOnlyList<string> names)
    {
        var info = new ProcessStartInfo(
            systemctl,
            ["show", "--property=LoadState,ActiveState,SubState,Result,NRestarts", "--", .. names]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{systemctl} could not be started: {e.Message}", e);
        }
    }

    /// <summary>As `systemctl show` tells it (org.freedesktop.systemd1(5)).</summary>
    private sealed record Unit(string Name, string Load, string Active, string Sub, string Result, int Restarts)
    {
        public bool IsUp => Active == "active";

        /// <summary>It does not come up by waiting. One that is inactive may: its turn in the boot has not come.</summary>
        public string? Fault =>
            Load is not "loaded" ? $"{Name} is {Load}"
            : Active is "failed" ? $"{Name} is failed{With(Result)}"
            : null;

        public string Waiting =>
            Restarts > 0
                ? $"{Name} has been started {Restarts} times again and does not stay up{With(Result)}"
                : $"{Name} is {Active} ({Sub})";

        public static Unit Parse(string name, string paragraph)
        {
            var fields = paragraph
                .Split('\n')
                .Select(line => line.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
            _ = int.TryParse(fields.GetValueOrDefault("NRestarts"), CultureInfo.InvariantCulture, out var restarts);
            return new Unit(
                name,
                fields.GetValueOrDefault("LoadState", ""),
                fields.GetValueOrDefault("ActiveState", ""),
                fields.GetValueOrDefault("SubState", ""),
                fields.GetValueOrDefault("Result", ""),
                restarts
            );
        }

        private static string With(string result) => result is "" or "success" ? "" : $" ({result})";
    }
}
