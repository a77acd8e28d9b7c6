using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace UpdateEngine.Health;

/// <summary>
/// Processes that come from one check, known by a mark in their environment. Parents tell less: who outlives its parent, or begins a session,
/// is nobody's child any more.
/// </summary>
internal static class ProcessFamily
{
    public const string Variable = "UPDATE_ENGINE_CHECK";

    /// <summary>More rounds than that only a fork bomb needs; the service manager's limits are for those.</summary>
    private const int MaxRounds = 10;

    /// <summary>Kills whoever carries the mark, and whoever those started meanwhile.</summary>
    public static void Kill(string mark)
    {
        var entry = Encoding.ASCII.GetBytes($"{Variable}={mark}");
        for (var round = 0; round < MaxRounds && KillOnce(entry) > 0; round++) { }
    }

    private static int KillOnce(byte[] entry)
    {
        var members = Directory
            .EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && id != Environment.ProcessId && Carries(id, entry))
            .ToList();
        foreach (var id in members)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended, or is not ours to kill.
            }
        }

        return members.Count;
    }

    // The environment of a process that has ended (a zombie) is empty.
    private static bool Carries(int id, byte[] entry)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{id}/environ").AsSpan().IndexOf(entry) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
