using System.Diagnostics;

namespace UpdateEngine.Tuf.Tests;

/// <summary>What a program waits at for ever that opens it without care.</summary>
internal static class NamedPipe
{
    public static void Make(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
    }
}
