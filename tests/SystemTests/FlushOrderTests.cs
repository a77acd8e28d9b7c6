using System.Text;

namespace SystemTests;

/// <summary>
/// Promise P2 rests on an order of flushes, and the tests of power cuts on points in the program that say "flushed". Here the kernel's word is taken:
/// the system calls of a whole prepare.
/// </summary>
public sealed class FlushOrderTests(Kit kit)
{
    private const long PrimaryTable = Images.MiB;
    private const long BackupTable = 64 * 1024;

    /// <summary>
    /// By letters. Disk: b, p backup and primary of the table written, i image written, F flushed. Journal: w, f its new content written and flushed, R renamed, D
    /// directory flushed.
    /// </summary>
    [Fact]
    public async Task A_prepare_flushes_in_the_order_that_it_claims()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var calls = await SystemCalls.OfAsync(host.Of("trace"), Programs.Updatectl, "--root", host.Host, "prepare");

        var order = Letters(host, calls);

        const string Journal = "w+fRD";
        const string Table = "b+Fp+F";
        Assert.Matches($"^{Journal}{Table}(i+F{Journal})+{Journal}{Table}$", order);
    }

    private static string Letters(Sandbox host, IEnumerable<SystemCall> calls)
    {
        var end = new FileInfo(host.Disk).Length - BackupTable;
        var order = new StringBuilder();
        // A helper that looks into the image of the running slot closes the disk with a flush of its own.
        foreach (var call in calls.SkipWhile(c => !IsJournal(host, c)))
        {
            order.Append(
                call switch
                {
                    { Call: "write" } when call.Path == host.Disk => call.Offset < PrimaryTable ? "p"
                    : call.Offset >= end ? "b"
                    : "i",
                    { Call: "flush" } when call.Path == host.Disk => "F",
                    { Call: "write" } when IsJournal(host, call) => "w",
                    { Call: "flush" } when IsJournal(host, call) => "f",
                    { Call: "rename" } when call.Path == host.Journal => "R",
                    { Call: "flush" } when call.Path == host.State => "D",
                    _ => null,
                }
            );
        }

        // The history comes last, a flush of its directory with it.
        return order.ToString().TrimEnd('D');
    }

    /// <summary>Under the name that it has before it is complete.</summary>
    private static bool IsJournal(Sandbox host, SystemCall call) =>
        call.Path.StartsWith(Path.Combine(host.State, ".journal.json."), StringComparison.Ordinal);
}
