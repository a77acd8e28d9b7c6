namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Promises P1 and P7 against the server: whatever it sends, only the signed bytes become a slot that boots, and it ends.</summary>
public sealed class BadServerTests
{
    public static TheoryData<string> Fresh => [.. ServerFaults.Fresh.Select(f => f.Name)];

    public static TheoryData<string> Resumed => [.. ServerFaults.Resumed.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Fresh))]
    public async Task A_prepare(string name)
    {
        var fault = ServerFaults.Fresh.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync();
        await MeetAsync(host, fault);
    }

    /// <summary>Where the file's digest alone proves the image.</summary>
    [Theory]
    [MemberData(nameof(Fresh))]
    public async Task A_prepare_without_a_signed_digest_of_the_image(string name)
    {
        var fault = ServerFaults.Fresh.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync(edit: release => release with { Raw = null });
        await MeetAsync(host, fault);
    }

    [Theory]
    [MemberData(nameof(Resumed))]
    public async Task A_prepare_that_goes_on(string name)
    {
        var fault = ServerFaults.Resumed.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync();
        await host.InterruptAsync();
        await MeetAsync(host, fault);
    }

    private static async Task MeetAsync(FaultyHost host, ServerFault fault)
    {
        host.Server.Answer = fault.Answer;
        await host.MeetsAsync(fault.Outcome);
        if (fault.Outcome.Code is not null)
        {
            await host.RecoversAsync();
        }
    }
}
