using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tuf;

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

    [Fact]
    public async Task Where_neither_the_rest_nor_the_whole_comes_what_was_there_is_kept_to_go_on_with()
    {
        using var host = await FaultyHost.OfferingAsync();
        await host.InterruptAsync();
        var reached = host.Host.Journal.Checkpoint!.Images["root"];
        host.Server.Answer = request =>
            request.IsForRest
                ? request.HeadAsync("500 Oh No", length: 0)
                : request.CutAsync((int)reached.FileOffset - 300_000);

        await Assert.ThrowsAnyAsync<TransportException>(() => host.PrepareAsync());

        Assert.Equal(reached, host.Host.Journal.Checkpoint!.Images["root"]);
    }

    [Fact]
    public async Task A_rest_that_came_on_before_it_failed_is_gone_on_with_by_the_next()
    {
        using var host = await FaultyHost.OfferingAsync();
        await host.InterruptAsync();
        var (journal, offset) = (
            host.Host.Journal,
            TestRepository.Frames(FaultyHost.RootImage[..TestRepository.FrameLength]).Length
        );
        var root = journal.Checkpoint!.Images["root"];
        journal.Checkpoint.Images["root"] = root with { FileOffset = offset, ImageOffset = TestRepository.FrameLength };
        new Journal(host.Host.Paths.Journal).Save(journal);
        host.Server.Answer = request =>
            request.Offset == offset ? request.CutAsync(offset + 300_000)
            : request.IsForRest ? request.HeadAsync("500 Oh No", length: 0)
            : request.GoodAsync();

        await Assert.ThrowsAnyAsync<TransportException>(() => host.PrepareAsync());

        Assert.Equal(root, host.Host.Journal.Checkpoint!.Images["root"]);
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
