using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.State;

public sealed class HostSeedTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string SeedFile => _directory["state/seed"];
    private string MachineId => _directory["machine-id"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_seed_comes_from_the_machine_id_and_survives_the_loss_of_its_file()
    {
        _directory.Write("machine-id", "0123456789abcdef0123456789abcdef\n");
        var seed = HostSeed.LoadOrDraw(SeedFile, MachineId);
        Assert.Equal(HostSeed.Derive("0123456789abcdef0123456789abcdef"), seed);
        File.Delete(SeedFile);
        Assert.Equal(seed, HostSeed.LoadOrDraw(SeedFile, MachineId));
    }

    [Fact]
    public void A_seed_once_drawn_is_kept_whatever_the_machine_id_becomes()
    {
        var seed = HostSeed.LoadOrDraw(SeedFile, MachineId);
        _directory.Write("machine-id", "fedcba9876543210fedcba9876543210\n");
        Assert.Equal(seed, HostSeed.LoadOrDraw(SeedFile, MachineId));
    }

    [Fact]
    public void Derived_seeds_cover_the_range_evenly()
    {
        var seeds = Enumerable.Range(0, 20_000).Select(n => HostSeed.Derive($"{n:x32}")).ToList();
        Assert.All(seeds, s => Assert.InRange(s, 0, HostSeed.Seeds - 1));
        // Quarters of about 5,000; five standard deviations are 306.
        Assert.All(seeds.CountBy(s => s / 512), quarter => Assert.InRange(quarter.Value, 4_694, 5_306));
    }

    [Fact]
    public void The_derivation_never_changes() =>
        Assert.Equal(Golden, HostSeed.Derive("0123456789abcdef0123456789abcdef"));

    [Theory]
    [InlineData("")]
    [InlineData("uninitialized\n")]
    public void A_machine_id_that_all_hosts_share_is_no_source_of_a_seed(string id)
    {
        _directory.Write("machine-id", id);
        var seeds = Enumerable.Range(0, 12).Select(n => HostSeed.LoadOrDraw(_directory[$"state/{n}"], MachineId));
        Assert.True(seeds.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData("2047\n", 2047)]
    [InlineData("0", 0)]
    public void A_seed_in_its_file_counts(string text, int seed)
    {
        _directory.Write("state/seed", text);
        Assert.Equal(seed, HostSeed.LoadOrDraw(SeedFile, MachineId));
    }

    [Theory]
    [InlineData("2048")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999999999999999999999999999999999")]
    public void A_seed_out_of_range_is_refused_and_its_file_named(string text)
    {
        _directory.Write("state/seed", text);
        var error = Errors.Is(ErrorCodes.ConfigurationInvalid, () => HostSeed.LoadOrDraw(SeedFile, MachineId));
        Assert.StartsWith($"{SeedFile} holds \"", error.Message, StringComparison.Ordinal);
    }

    private const int Golden = 788;
}
