using System.Globalization;
using UpdateEngine.Configuration;
using UpdateEngine.Native;

namespace UpdateEngine.Updates;

/// <summary>How this process stands beside others who want the disk. Best effort: what the kernel refuses is left as it is.</summary>
internal static class DiskManners
{
    private const int LastLevel = 7;

    public static void Apply(InputOutputPriority priority)
    {
        if (priority == InputOutputPriority.Normal)
        {
            return;
        }

        // Priorities are the threads' own; later ones inherit from those that start them.
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            var thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            _ = Linux.SetIoPriority(thread, priority == InputOutputPriority.Idle, LastLevel);
        }
    }
}
