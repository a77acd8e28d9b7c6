using System.ComponentModel;
using System.Diagnostics;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

/// <summary>Takes the host down so that the boot selector runs again.</summary>
public interface IReboot
{
    void Reboot();
}

/// <summary>A sandbox is only switched off: whoever plays the machine runs boot-selector next.</summary>
public sealed class SandboxReboot(HostPaths paths) : IReboot
{
    public void Reboot() => BootRecord.Clear(paths);
}

/// <summary>The machine itself, by its init system: systemd where it runs, otherwise the program <c>reboot</c>.</summary>
public sealed class SystemReboot : IReboot
{
    private const string SystemdIsRunning = "/run/systemd/system"; // sd_booted(3)

    public void Reboot()
    {
        var words = Directory.Exists(SystemdIsRunning) ? (string[])["systemctl", "reboot"] : ["reboot"];
        var command = string.Join(' ', words);
        try
        {
            using var process = Process.Start(words[0], words[1..]);
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw Failed(command, $"it ended with exit code {process.ExitCode}", null);
            }
        }
        catch (Win32Exception e)
        {
            throw Failed(command, e.Message, e);
        }
    }

    private static UpdateException Failed(string command, string why, Exception? inner) =>
        new(
            ErrorCodes.RebootFailed,
            $"`{command}` failed: {why}.",
            "Reboot the host by hand; the flags on the disk are right already.",
            inner
        );
}
