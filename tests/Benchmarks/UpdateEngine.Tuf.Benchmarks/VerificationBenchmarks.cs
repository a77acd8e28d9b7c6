using BenchmarkDotNet.Attributes;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Benchmarks;

/// <summary>A targets role with 5,000 targets and a threshold of 20 keys: the rules alone, without disk and network.</summary>
public class VerificationBenchmarks
{
    private const int Targets = 5_000;
    private const int Keys = 20;

    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TufLimits _limits = new();
    private byte[] _root = [];
    private byte[] _timestamp = [];
    private byte[] _snapshot = [];
    private byte[] _targets = [];

    [GlobalSetup]
    public void Make()
    {
        var repository = LargeRepository.Make(Targets, Layout.One, targetsKeys: Keys);
        _root = repository.TrustAnchor;
        (_timestamp, _snapshot, _targets) = (
            repository["timestamp.json"],
            repository["1.snapshot.json"],
            repository["1.targets.json"]
        );
    }

    /// <summary>From bytes to trust: signatures of all 20 keys.</summary>
    [Benchmark]
    public int Verify() => Trust().Count;

    /// <summary>And each of the 5,000 targets looked up by its name.</summary>
    [Benchmark]
    public long VerifyAndFindAll()
    {
        var targets = Trust();
        var sum = 0L;
        for (var n = 0; n < Targets; n++)
        {
            sum += targets[LargeRepository.Name(n)].Length;
        }

        return sum;
    }

    private IReadOnlyDictionary<string, TargetFile> Trust()
    {
        var session = new TrustedMetadata(_root, s_now, _limits);
        session.AddTimestamp(_timestamp);
        session.AddSnapshot(_snapshot);
        session.AddTargets(_targets);
        return session.Targets!.Targets;
    }
}
