namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// The sweep must be able to fail: what the real engine did, in an order in which somebody once did it, or without a flush. Each must be found.
/// </summary>
public sealed class WrongOrderTests(RecordedLife recorded) : IClassFixture<RecordedLife>
{
    private static readonly SweepSize s_size = new(512, SecondCutEvery: int.MaxValue, RecoveryEvery: int.MaxValue);

    [Theory]
    [InlineData("no flush of the disk", "no usable GUID partition table")]
    [InlineData("both copies of a table between two flushes, the primary first", "no usable GUID partition table")]
    [InlineData("one copy of a table only", "the flags are of no moment of this step")]
    [InlineData("the slot is marked valid before its images are written", "was never published")]
    [InlineData("no flush between the images and the mark", "was never published")]
    [InlineData("images before the slot is made unbootable", "was never published")]
    [InlineData("the slot is marked valid before the journal names it", "but the journal says")]
    [InlineData("flags before the deny list", "is not on the deny list")]
    [InlineData("files are renamed before they are flushed", "is torn")]
    [InlineData("names are never flushed", "but the journal says")]
    [InlineData("files are written over", "is torn")]
    public void A_wrong_order_is_found(string order, string fault)
    {
        var life = recorded.Life;
        var steps = WrongOrders.Of(order, life.Steps);
        Assert.Contains(steps.Zip(life.Steps), s => !s.First.Operations.SequenceEqual(s.Second.Operations));
        // Steps run side by side, and the fault that is looked for need not be the first.
        var sweep = new PowerCutSweep(life, s_size, seed: 1) { EnoughFailures = 200 };
        sweep.Run(steps);
        Assert.True(
            sweep.Failures.Any(f => f.Contains(fault, StringComparison.Ordinal)),
            string.Join("\n", sweep.Failures)
        );
    }

    [Fact]
    public void The_right_order_is_not()
    {
        var sweep = new PowerCutSweep(recorded.Life, s_size, seed: 1);
        sweep.Run(recorded.Life.Steps);
        Assert.Empty(sweep.Failures);
    }
}
