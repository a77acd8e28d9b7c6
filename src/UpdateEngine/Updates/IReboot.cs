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

/// <summary>The machine itself, by its init system.</summary>
public sealed class SystemReboot : IReboot
{
    public void Reboot()
    {
        try
        {
            using var process = Process.Start("systemctl", ["reboot"]);
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw Failed($"it ended with exit code {process.ExitCode}", null);
            }
        }
        catch (Win32Exception e)
        {
            throw Failed(e.Message, e);
        }
    }

    private static UpdateException Failed(string why, Exception? inner) =>
        new(
            ErrorCodes.RebootFailed,
            $"`systemctl reboot` failed: {why}.",
            "Reboot the host by hand; the flags on the disk are right already.",
            inner
        );
}
