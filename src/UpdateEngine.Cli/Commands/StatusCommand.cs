using System.CommandLine;
using UpdateEngine.State;
using UpdateEngine.Terminal;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new Command(
            "status",
            "Where the host stands: slots, flags, state, last check, last failure. Reads only; answers also while something runs."
        );
        command.SetAction(parsed =>
        {
            var report = StatusReader.Read(HostOptions.OpenHost(parsed));
            return Output.Write(
                parsed,
                report,
                OutputJson.Default.StatusReport,
                StatusText.Lines(report, TimeProvider.System.GetUtcNow())
            );
        });
        return command;
    }
}

/// <summary>The one screen of <c>status</c>: a pure function of the report, so that its texts can be pinned.</summary>
internal static class StatusText
{
    public static IEnumerable<string> Lines(StatusReport report, DateTimeOffset now)
    {
        yield return $"State:       {report.State}{Explain(report)}";
        yield return $"Disk:        {report.Disk}";
        yield return "";
        foreach (
            var line in Columns.Align(
                "  ",
                [
                    ["SLOT", "VERSION", "PRIORITY", "TRIES", "SUCCESSFUL", ""],
                    .. report.Slots.Select(Row),
                ]
            )
        )
        {
            yield return line;
        }

        yield return "";
        yield return $"Health:      {report.Health}{(report.HealthReason is null ? "" : $" ({report.HealthReason})")}";
        if (report.Operation is { } operation)
        {
            yield return $"Running now: {operation}";
        }

        foreach (var line in Memory(report, now))
        {
            yield return line;
        }

        foreach (var finding in report.Findings)
        {
            yield return $"Attention:   {finding}";
        }
    }

    private static IEnumerable<string> Memory(StatusReport report, DateTimeOffset now)
    {
        yield return report.LastCheck is { } check
            ? $"Last check:  {Times.Stamp(check.At)} ({Times.Span(now - check.At)} ago): {check.Text}"
            : "Last check:  never";
        foreach (var warning in report.LastCheck?.Warnings ?? [])
        {
            yield return $"Warning:     {warning}";
        }

        if (report.LastFailure is { } failure)
        {
            yield return $"Failure:     {Times.Stamp(failure.At)}: {failure.Text}";
        }

        foreach (var denied in report.Denied)
        {
            yield return $"Denied:      {DenyText.Line(denied)}";
        }
    }

    private static IReadOnlyList<string> Row(SlotStatus slot) =>
        [
            slot.Name,
            slot.Version ?? slot.Content ?? "unknown",
            $"{slot.Priority}",
            $"{slot.Tries}",
            slot.Successful ? "1" : "0",
            (slot.Booted, slot.Next) switch
            {
                (true, true) => "<- running, boots next",
                (true, false) => "<- running",
                (false, true) => "<- boots next",
                _ when slot.IsPrepared => "prepared",
                _ when slot.CannotBoot && slot.Content is null => "can't boot",
                _ => "",
            },
        ];

    private static string Explain(StatusReport report) =>
        report.State switch
        {
            UpdateState.Idle => " (nothing prepared)",
            UpdateState.Available => $" ({report.LastCheck!.Available} can be prepared: `updatectl prepare`)",
            UpdateState.Staged => $" ({Other(report)} is prepared: `updatectl activate`)",
            _ => $" ({Other(report)} boots next: reboot)",
        };

    private static string Other(StatusReport report)
    {
        var other = report.Slots.First(s => !s.Booted);
        return other.Version ?? $"slot {other.Name}";
    }
}

internal static class DenyText
{
    public static string Line(DeniedRelease denied) =>
        $"{denied.Version} since {Times.Stamp(denied.At)}{(denied.Until is { } until ? $" until {Times.Instant(until)}" : "")}, by {denied.By}: {denied.Reason}";
}
