using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class LinkedDirectoryTests : TufClientTestBase
{
    [Theory]
    [InlineData("sub/x")]
    [InlineData("sub/../sub/x")]
    [InlineData("root_history/../sub/x")]
    [Trait("flaw", "CVE-2026-6968")]
    public async Task A_role_s_name_does_not_lead_through_a_linked_directory(string role)
    {
        using var elsewhere = new TemporaryDirectory();
        Repository.Delegate("targets", role);
        Repository.AddTarget("t", [1], role);
        Repository.PublishDelegations();
        var client = Restart();
        await client.RefreshAsync(default);
        System.IO.Directory.CreateSymbolicLink(Directory["sub"], elsewhere.Path);
        // On read: what lies behind the link is good, and would be taken.
        File.WriteAllBytes(elsewhere["x.json"], Repository.Files[$"metadata/1.{role}.json"]);
        var offline = Restart();
        await offline.LoadTrustedAsync(default);
        await Assert.ThrowsAsync<NotFoundException>(() => offline.FindTargetAsync(new TargetName("t"), default));
        // On write.
        File.Delete(elsewhere["x.json"]);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
        Assert.Empty(elsewhere.Files());
        Assert.Contains($"{Uri.EscapeDataString(role)}.json", Directory.Files());
    }
}
