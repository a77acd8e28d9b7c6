using System.Text.RegularExpressions;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>docs/faults.md lists what is tested here, line by line, and nothing else.</summary>
public sealed partial class FaultsDocumentTests
{
    [Fact]
    public void Each_fault_of_a_server_has_its_line() =>
        IsListed("## Bad servers", ServerFaults.Fresh.Select(f => Line(f.Name, f.Outcome.Reason, f.Outcome)));

    [Fact]
    public void Each_fault_of_a_server_towards_a_prepare_that_goes_on_has_its_line() =>
        IsListed(
            "## Bad servers, when a prepare goes on",
            ServerFaults.Resumed.Select(f => Line(f.Name, f.Outcome.Reason, f.Outcome))
        );

    [Fact]
    public void Each_fault_of_a_publisher_has_its_line() =>
        IsListed("## Bad files", PublisherFaults.All.Select(f => Line(f.Name, f.WithRaw, f.WithoutRaw)));

    [Fact]
    public void Each_fault_of_a_disk_has_its_line() =>
        IsListed(
            "## Bad disks",
            [
                .. DiskFaults.All.Select(f => Line(f.Name, f.Outcome.Reason, f.Outcome.Slot, f.Outcome)),
                .. DiskFaults.Real.Select(f => Line(f.Name, f.Outcome.Reason, f.Outcome.Slot, f.Outcome)),
            ]
        );

    private static string Line(string name, params object[] cells) => $"| {name} | {string.Join(" | ", cells)} |";

    private static void IsListed(string section, IEnumerable<string> lines)
    {
        var document = File.ReadAllText(Path.Combine(ErrorsDocumentTests.Repository(), "docs/faults.md"));
        var text = document.Split(section + "\n")[1].Split("\n## ")[0];
        // The first two lines of a table are its head.
        var listed = TableLine().Matches(text).Select(m => m.Value).Skip(2);
        Assert.Equal(lines.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\|.*\|$", RegexOptions.Multiline)]
    private static partial Regex TableLine();
}
