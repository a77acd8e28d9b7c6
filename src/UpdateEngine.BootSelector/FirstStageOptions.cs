using System.Globalization;

namespace UpdateEngine.BootSelector;

/// <summary>What the first stage's own command line says.</summary>
/// <param name="Disk">update_engine.disk=/dev/...: the disk with the slots; null: the first one that has a pair of slots.</param>
/// <param name="Watchdog">update_engine.watchdog=SECONDS: from the selector to the verdict; null: no watchdog is armed.</param>
internal sealed record FirstStageOptions(string? Disk, int? Watchdog)
{
    /// <summary>What can't be understood is as if it were not there: nobody could correct it before the boot.</summary>
    public static FirstStageOptions Parse(string commandLine)
    {
        var words = commandLine.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string? Value(string name) =>
            words.LastOrDefault(w => w.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

        var watchdog = int.TryParse(
            Value("update_engine.watchdog"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        );
        return new FirstStageOptions(Value("update_engine.disk"), watchdog && seconds > 0 ? seconds : null);
    }
}
