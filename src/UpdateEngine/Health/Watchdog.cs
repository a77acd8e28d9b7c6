namespace UpdateEngine.Health;

/// <summary>
/// A watchdog that somebody armed before the gate, so that a boot which hangs ends (linux/watchdog.h). It is armed by opening it and stays armed when it
/// is closed, unless the last byte written was the "magic" one.
/// </summary>
public static class Watchdog
{
    private const byte DisarmsOnClose = (byte)'V';

    /// <returns>Why it is still armed, as a clause; null when it is not.</returns>
    public static string? Disarm(string device)
    {
        try
        {
            using var file = new FileStream(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            file.WriteByte(DisarmsOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
