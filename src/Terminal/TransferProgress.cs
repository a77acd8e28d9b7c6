using System.Globalization;
using Spectre.Console;
using UpdateEngine.Images;

namespace UpdateEngine.Terminal;

/// <summary>
/// Shows long work on standard error: bars with bytes, speed and time left on a terminal; elsewhere (a log, a pipe) a plain line for each tenth
/// of the way at most, so that a log stays short.
/// </summary>
internal static class TransferProgress
{
    public static Task<T> ShowAsync<T>(bool quiet, Func<IProgress<TransferStep>?, Task<T>> work)
    {
        if (quiet)
        {
            return work(null);
        }

        return Console.IsErrorRedirected ? work(new PlainLines(TimeProvider.System)) : BarsAsync(work);
    }

    private static Task<T> BarsAsync<T>(Func<IProgress<TransferStep>?, Task<T>> work)
    {
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return screen
            .Progress()
            .AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 30 },
                new PercentageColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(context => work(new Bars(context)));
    }

    private sealed class Bars(ProgressContext context) : IProgress<TransferStep>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Report(TransferStep value)
        {
            lock (_tasks)
            {
                if (!_tasks.TryGetValue(value.What, out var task))
                {
                    _tasks[value.What] = task = context.AddTask(
                        Markup.Escape(value.What),
                        maxValue: Math.Max(1, value.Total)
                    );
                }

                task.IsIndeterminate = value.Total == 0;
                task.Value = value.Done;
            }
        }
    }

    /// <summary>A line at the end of each step, and on the way at most one a tenth and one a second.</summary>
    private sealed class PlainLines(TimeProvider time) : IProgress<TransferStep>
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
        private readonly Dictionary<string, (long Start, long Last, int Tenth)> _seen = new(StringComparer.Ordinal);

        public void Report(TransferStep value)
        {
            lock (_seen)
            {
                var now = time.GetTimestamp();
                if (!_seen.TryGetValue(value.What, out var seen))
                {
                    _seen[value.What] = seen = (now, now, 0);
                }

                var tenth = value.Total > 0 ? (int)(value.Done * 10 / value.Total) : 0;
                if (tenth <= seen.Tenth || (tenth < 10 && time.GetElapsedTime(seen.Last, now) < s_pause))
                {
                    return;
                }

                _seen[value.What] = (seen.Start, now, tenth);
                Console.Error.WriteLine(Line(value, time.GetElapsedTime(seen.Start, now)));
            }
        }

        private static string Line(TransferStep step, TimeSpan elapsed)
        {
            var line = $"{step.What}: {Bytes.Text(step.Done)} of {Bytes.Text(step.Total)}";
            if (step.Done == 0 || elapsed.TotalSeconds < 0.001)
            {
                return line;
            }

            var speed = step.Done / elapsed.TotalSeconds;
            var left = TimeSpan.FromSeconds((step.Total - step.Done) / speed);
            var share = (step.Done * 100 / step.Total).ToString(CultureInfo.InvariantCulture);
            return $"{line} ({share} %), {Bytes.Text((long)speed)}/s"
                + (step.Done < step.Total ? $", {Times.Span(left)} left" : "");
        }
    }
}
