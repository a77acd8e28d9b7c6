namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Promises P1 and P7 against what was signed by mistake or in malice: a slot holds the whole image or does not boot, in bounded time and memory.</summary>
public sealed class BadPublisherTests
{
    public static TheoryData<string> Names => [.. PublisherFaults.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_image_with_a_signed_digest(string name)
    {
        var fault = PublisherFaults.All.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync(
            fault.File,
            release =>
            {
                release.Raw!["root"] = fault.Raw(release.Raw["root"]);
                return release;
            },
            fault.Image
        );
        await MeetAsync(host, fault.WithRaw);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_image_without_one(string name)
    {
        var fault = PublisherFaults.All.Single(f => f.Name == name);
        using var host = await FaultyHost.OfferingAsync(
            fault.File,
            release => release with { Raw = null },
            fault.Image
        );
        await MeetAsync(host, fault.WithoutRaw);
    }

    private static async Task MeetAsync(FaultyHost host, Outcome outcome)
    {
        await host.MeetsAsync(outcome);
        if (outcome.Code is not null)
        {
            host.Republish();
            await host.RecoversAsync();
        }
    }
}
