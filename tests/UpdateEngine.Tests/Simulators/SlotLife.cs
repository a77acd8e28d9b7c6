using UpdateEngine.Boot;
using UpdateEngine.Disks;

namespace UpdateEngine.Tests.Simulators;

/// <summary>One step of a life: the disk before it, and what it did to the disk.</summary>
internal sealed record LifeStep(string Name, byte[] Before, IReadOnlyList<DiskOperation> Operations);

/// <summary>The life of a disk: updates that succeed, fail, are broken off, taken back; each step recorded by itself.</summary>
internal sealed class SlotLife
{
    private readonly RecordedDisk _disk;
    private readonly List<LifeStep> _steps = [];

    private SlotLife(RecordedDisk disk) => _disk = disk;

    public static IReadOnlyList<LifeStep> Live(RecordedDisk factory)
    {
        var life = new SlotLife(factory.Copy());
        // An update from A to B that succeeds at once.
        life.Boot("A");
        life.Prepare("A", 2);
        life.Step("activate", "A", s => s.Activate());
        life.Boot("B");
        life.Step("mark good", "B", s => s.MarkGood());
        // One from B to A: broken off, begun again, activated, taken back, activated; its second boot is judged bad.
        life.Step("begin write", "B", s => s.BeginWrite());
        life.Images("B", 3, "half of the images", [Roles.Boot]);
        life.Prepare("B", 3);
        life.Step("activate", "B", s => s.Activate());
        life.Step("cancel", "B", s => s.CancelActivation());
        life.Step("activate", "B", s => s.Activate());
        life.Boot("A");
        life.Boot("A");
        life.Step("mark bad", "A", s => s.MarkBad());
        // Back on B; a third update uses up all its tries.
        life.Boot("B");
        life.Prepare("B", 4);
        life.Step("activate", "B", s => s.Activate());
        life.Boot("A");
        life.Boot("A");
        life.Boot("A");
        life.Boot("B");
        // A fourth succeeds, and an operator goes back all the same.
        life.Prepare("B", 5);
        life.Step("activate", "B", s => s.Activate());
        life.Boot("A");
        life.Step("mark good", "A", s => s.MarkGood());
        life.Step("roll back", "A", s => s.RollBack());
        life.Boot("B");
        // The slot that is overwritten now was good until then.
        life.Prepare("B", 6);
        return life._steps;
    }

    private void Prepare(string running, byte release)
    {
        Step("begin write", running, s => s.BeginWrite());
        Images(running, release, "images", SlotDisk.ImageRoles);
        Step("mark valid", running, s => s.MarkValid());
    }

    private void Step(string name, string running, Action<Signpost> change) =>
        Record(
            $"{name} (on {running})",
            () =>
            {
                var signpost = SlotDisk.Signpost(_disk, running);
                change(signpost);
                signpost.Commit(_disk);
            }
        );

    private void Images(string running, byte release, string name, string[] roles) =>
        Record(
            $"{name} (on {running})",
            () =>
            {
                var signpost = SlotDisk.Signpost(_disk, running);
                var writer = new SlotWriter(_disk, signpost.Running, signpost.Other);
                foreach (var role in roles)
                {
                    var chunk = Enumerable
                        .Repeat(release, (int)writer.Capacity(role) / SlotDisk.SectorsPerPartition)
                        .ToArray();
                    for (var i = 0; i < SlotDisk.SectorsPerPartition; i++)
                    {
                        writer.Write(role, (long)i * chunk.Length, chunk);
                    }
                }

                writer.Flush();
            }
        );

    private void Boot(string expected) =>
        Record(
            $"boot {expected}",
            () => Assert.Equal(expected, BootSelection.SelectAndSpend(_disk, SlotLayout.Default).Slot.Name)
        );

    private void Record(string name, Action action)
    {
        var before = _disk.Image.ToArray();
        _disk.Operations.Clear();
        action();
        _steps.Add(new LifeStep($"{_steps.Count + 1} {name}", before, [.. _disk.Operations]));
    }
}
