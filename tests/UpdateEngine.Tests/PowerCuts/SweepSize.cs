using System.Globalization;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>How much is tried: UPDATE_ENGINE_SWEEP multiplies what can be had more of (`./build.sh test --sweep=10`).</summary>
/// <param name="Subsets">Of the sectors between two flushes: all up to this number, as many by lot above it.</param>
/// <param name="SecondCutEvery">A second cut follows every n-th new state of a table that was being written.</param>
/// <param name="RecoveryEvery">The whole engine goes on from every n-th new state.</param>
internal sealed record SweepSize(int Subsets, int SecondCutEvery, int RecoveryEvery)
{
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
}
