using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

public sealed class DurableStepTests(RecordedLife recorded) : IClassFixture<RecordedLife>
{
    // Each file is made under another name, written, flushed, renamed; then the directory's flush makes the name durable.
    private static readonly string[] s_replaced =
    [
        "denied.json",
        "journal.json",
        "last-check.json",
        "seed",
        "tuf/root.json",
        "tuf/root_history/1.root.json",
        "tuf/snapshot.json",
        "tuf/targets.json",
        "tuf/timestamp.json",
    ];

    private static readonly string[] s_others =
    [
        "/: flush",
        "disk: backup entries",
        "disk: backup header",
        "disk: boot-a",
        "disk: boot-b",
        "disk: flush",
        "disk: primary entries",
        "disk: primary header",
        "disk: root-a",
        "disk: root-b",
        "history.jsonl: create",
        "history.jsonl: flush",
        "history.jsonl: write",
        "tuf/: flush",
        "tuf/: make",
        "tuf/root_history/: flush",
        "tuf/root_history/: make",
    ];

    [Fact]
    public void Every_durable_step_of_a_life_has_a_name_that_is_known_here()
    {
        // A new one is cut by the sweep as the others are, if the life takes it. See that it does, and add its name.
        var known = s_others.Concat(
            s_replaced.SelectMany(f =>
                (string[])[$"{f}.tmp: create", $"{f}.tmp: write", $"{f}.tmp: flush", $"{f}: rename"]
            )
        );
        var taken = recorded.Life.Steps.SelectMany(s => StepNames.Of(s, recorded.Life.Shape.SectorSize)).Distinct();
        Assert.Equal(known.Order(StringComparer.Ordinal), taken.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_an_operation_wrote_is_on_the_medium_when_it_returns()
    {
        foreach (var step in recorded.Life.Steps)
        {
            var pending = new Pending(step.Disk, recorded.Life.Shape.SectorSize, [], step.Files);
            foreach (var operation in step.Operations)
            {
                if (Pending.IsFlush(operation))
                {
                    pending.Settle(operation);
                }
                else
                {
                    pending.Add(operation);
                }
            }

            Assert.True(pending.Writes.Count == 0, $"{step.Name} leaves writes of the disk in a cache");
            Assert.True(pending.Changes.Count == 0, $"{step.Name} leaves {string.Join(", ", pending.Changes)}");
        }
    }
}
