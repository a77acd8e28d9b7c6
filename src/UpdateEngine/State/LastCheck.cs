using System.Text.Json.Serialization;

namespace UpdateEngine.State;

/// <summary>What the last look at the repository found. Only a memory for <c>status</c>: nothing is decided by it.</summary>
/// <param name="Available">The version that may be taken now; null with the reason in <paramref name="Text"/>.</param>
/// <param name="Until">When the reason passes by itself.</param>
/// <param name="Warnings">Such as a running version that was recalled, or a clock that stands wrong.</param>
/// <param name="Offered">Every version that the repository offers to this variant and architecture, highest first.</param>
public sealed record LastCheck(
    [property: JsonRequired] DateTimeOffset At,
    string? Available,
    string? Variant,
    string? Arch,
    string? Code,
    [property: JsonRequired] string Text,
    DateTimeOffset? Until,
    [property: JsonRequired] IReadOnlyList<string> Warnings,
    [property: JsonRequired] IReadOnlyList<string> Offered
)
{
    /// <summary>The latest clock at which a refresh was complete: time that has surely passed, also after the clock stepped back.</summary>
    public DateTimeOffset ClockFloor { get; init; } = At;
}

/// <summary><c>last-check.json</c>. If it is lost or damaged, the next check writes it again.</summary>
public sealed class LastCheckFile(string path)
{
    public LastCheck? Load()
    {
        try
        {
            return StateFile.Read(path, StateJson.Default.LastCheck, "The next check writes it again.");
        }
        catch (UpdateException)
        {
            return null;
        }
    }

    public void Save(LastCheck check) => StateFile.Write(path, check, StateJson.Default.LastCheck);
}
