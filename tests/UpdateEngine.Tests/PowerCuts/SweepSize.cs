using System.Globalization;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>How much is tried: UPDATE_ENGINE_SWEEP multiplies what can be had more of (`./build.sh test --sweep=10`).</summary>
/// <param name="Subsets">Of the sectors between two flushes: all up to this number, as many by lot above it.</param>
/// <param name="SecondCutEvery">The boot's own writes are cut after every n-th state of a table that was being written.</param>
/// <param name="RecoveryEvery">The whole engine goes on from every n-th state directory, and is cut again.</param>
internal sealed record SweepSize(int Subsets, int SecondCutEvery, int RecoveryEvery)
{
    private const int SubsetsOfSecondCut = 320;

    public static int Factor { get; } =
        int.TryParse(
            Environment.GetEnvironmentVariable("UPDATE_ENGINE_SWEEP"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var factor
        )
            ? Math.Max(1, factor)
            : 1;

    public SweepSize Scaled() =>
        new(Subsets * Factor, Math.Max(1, SecondCutEvery / Factor), Math.Max(1, RecoveryEvery / Factor));

    /// <summary>What is tried after a cut that came first.</summary>
    public SweepSize Again() => this with { Subsets = Math.Min(Subsets, SubsetsOfSecondCut * Factor) };
}
