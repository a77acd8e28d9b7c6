using System.Globalization;

namespace MachineTests.Harness;

/// <summary>Flags of a slot as cgpt reads them from the disk, on the host.</summary>
internal sealed record Flags(int Priority, int Tries, int Successful)
{
    public override string ToString() => $"({Priority},{Tries},{Successful})";

    /// <param name="slot">"A" or "B"; the first partition of three each.</param>
    public static async Task<Flags> OfAsync(string disk, string slot)
    {
        var partition = slot == "A" ? "1" : "4";
        return new Flags(await FlagAsync("-P"), await FlagAsync("-T"), await FlagAsync("-S"));

        async Task<int> FlagAsync(string flag)
        {
            var shown = await RunningProgram.RunAsync(Programs.Machine("cgpt"), "show", "-i", partition, flag, disk);
            return int.Parse(shown.Expect(0).Out, CultureInfo.InvariantCulture);
        }
    }
}
