using System.Text;
using UpdateEngine.Native;

namespace UpdateEngine.Health;

/// <summary>The end of this boot's kernel log, as evidence beside a verdict.</summary>
public static class KernelLog
{
    /// <summary>In bytes; the last lines before the verdict are the ones that tell.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <returns>Whole lines; empty where the log may not be read (syslog(2) wants a capability).</returns>
    public static string Tail()
    {
        var buffer = new byte[256 * 1024];
        var count = Linux.ReadKernelLog(buffer);
        var from = Math.Max(0, count - MaxBytes);
        var text = Encoding.UTF8.GetString(buffer, from, count - from);
        return from == 0 ? text : text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..];
    }
}
