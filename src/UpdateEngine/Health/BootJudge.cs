using UpdateEngine.Disks;

namespace UpdateEngine.Health;

public enum Verdict
{
    /// <summary>The slot is healthy: mark it good.</summary>
    Good,

    /// <summary>The slot is on trial and not healthy: leave it for the other one.</summary>
    RollBack,

    /// <summary>Not healthy, but there is nothing better to go to: change no flag, reboot nothing, say so.</summary>
    Degraded,
}

/// <param name="DenyFor">How long the release is denied; null: for good. Only with <see cref="Verdict.RollBack"/>.</param>
public sealed record Judgement(Verdict Verdict, string Reason, TimeSpan? DenyFor);

/// <summary>What did this boot mean? A pure function of the running slot's flags, of whether the other slot could boot, and of the health report.</summary>
public static class BootJudge
{
    public static Judgement Judge(BootFlags running, bool otherSelectable, HealthReport report, TimeSpan backOff)
    {
        var failures = report.Failures.ToList();
        if (failures.Count == 0)
        {
            return new Judgement(Verdict.Good, Praise(report), null);
        }

        var reason = string.Join("; ", failures.Select(Describe));
        if (running.Successful || !otherSelectable)
        {
            return new Judgement(Verdict.Degraded, reason, null);
        }

        return new Judgement(
            Verdict.RollBack,
            reason,
            failures.Any(f => f.Check.Class == FailureClass.Image) ? null : backOff
        );
    }

    private static string Praise(HealthReport report)
    {
        var required = report.Outcomes.Where(o => o.Check.Required).Select(o => o.Check).ToList();
        return (required.Count, required.OfType<ProgramCheck>().Any()) switch
        {
            (0, _) => "no required health check is installed",
            (_, false) => "the engine's own checks passed, no other required one is installed",
            (1, _) => "its required health check passed",
            var (n, _) => $"all {n} required health checks passed",
        };
    }

    private static string Describe(HealthOutcome failure)
    {
        var said = failure.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return PlainText.Of(
            $"health check {failure.Check.Name} {failure.Failure}"
                + (said is null ? "" : $" (\"{(said.Length > 200 ? said[..200] : said)}\")")
        );
    }
}
