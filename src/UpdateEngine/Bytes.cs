using System.Globalization;

namespace UpdateEngine;

/// <summary>Sizes for people, in binary units: "512.0 MiB".</summary>
public static class Bytes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Text(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? $"{bytes} B" : value.ToString("0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>Reads "64M", "1GiB", "512 MiB", "4096": binary units, with or without "iB" or "B".</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..].Trim();
        var power =
            unit.Length == 0
                ? 0
                : Array.FindIndex(Units, u => Is(u) || (u.Length > 1 && (Is(u[..1]) || Is(u[..1] + "B"))));
        if (
            power < 0
            || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            return false;
        }

        var total = (Int128)number << (10 * power);
        if (total > long.MaxValue)
        {
            return false;
        }

        bytes = (long)total;
        return true;

        bool Is(string name) => unit.Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
