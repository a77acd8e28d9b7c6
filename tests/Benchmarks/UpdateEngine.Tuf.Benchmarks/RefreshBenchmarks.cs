using BenchmarkDotNet.Attributes;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Benchmarks;

/// <summary>A refresh and the finding of one target, without a network. The store is on the disk, and flushed, as on a host.</summary>
public class RefreshBenchmarks
{
    private readonly string _work = Directory.CreateTempSubdirectory("tuf-benchmarks-").FullName;
    private LargeRepository? _repository;
    private int _run;

    [Params(1_000, 10_000, 100_000, 1_000_000)]
    public int Targets { get; set; }

    [Params(Layout.One, Layout.Bins)]
    public Layout Layout { get; set; }

    [GlobalSetup(Target = nameof(FirstRefresh))]
    public void Make() => _repository = LargeRepository.Make(Targets, Layout);

    [GlobalSetup(Target = nameof(NothingNew))]
    public async Task MakeAndRefresh()
    {
        Make();
        await RefreshAsync("kept");
    }

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_work, recursive: true);

    /// <summary>Everything is asked for, verified and stored.</summary>
    [Benchmark]
    public async Task<long> FirstRefresh()
    {
        var store = $"{_run++}";
        var length = await RefreshAsync(store);
        Directory.Delete(Path.Join(_work, store), recursive: true);
        return length;
    }

    /// <summary>The store is verified again; two requests.</summary>
    [Benchmark]
    public Task<long> NothingNew() => RefreshAsync("kept");

    private async Task<long> RefreshAsync(string store)
    {
        var client = TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = _repository!.TrustAnchor,
                MetadataDirectory = Path.Join(_work, store),
                Transport = _repository,
                MetadataUrl = LargeRepository.Metadata,
                TargetsUrl = LargeRepository.Targets,
                Limits = new TufLimits { TargetsLength = int.MaxValue - 64 },
            }
        );
        await client.RefreshAsync(default);
        var target = await client.FindTargetAsync(new TargetName(LargeRepository.Name(Targets / 2)), default);
        return target!.Length;
    }
}
