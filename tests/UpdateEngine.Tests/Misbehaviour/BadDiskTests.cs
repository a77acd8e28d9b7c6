namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Promise P1 against the disk: what it does not keep, or says that it does not, never boots.</summary>
public sealed class BadDiskTests
{
    public static TheoryData<string> Names => [.. DiskFaults.All.Select(f => f.Name)];

    public static TheoryData<string> Real => [.. DiskFaults.Real.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Real))]
    public async Task A_prepare_onto_a_real_one(string name)
    {
        var fault = DiskFaults.Real.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync();
        using (fault.At(host.Host.DiskPath))
        {
            await host.MeetsAsync(fault.Outcome);
        }

        await host.RecoversAsync();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_prepare(string name)
    {
        var fault = DiskFaults.All.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync();
        host.Host.Medium = fault.Medium;
        await host.MeetsAsync(fault.Outcome);
        await host.RecoversAsync();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_prepare_without_a_signed_digest_of_the_image(string name)
    {
        var fault = DiskFaults.All.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync(edit: release => release with { Raw = null });
        host.Host.Medium = fault.Medium;
        await host.MeetsAsync(fault.Outcome);
        await host.RecoversAsync();
    }
}
