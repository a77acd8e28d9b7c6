using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>JSON of the wrong shape where a whole client meets it: as our error, and without harm to what comes after.</summary>
public sealed class WrongShapeTests : TufClientTestBase
{
    [Theory]
    [InlineData("2.root")]
    [InlineData("timestamp")]
    [InlineData("1.snapshot")]
    [InlineData("1.targets")]
    [Trait("flaw", "CVE-2026-23991")]
    public async Task A_refresh_that_meets_another_shape_is_refused_and_the_next_one_works(string file)
    {
        Repository.PublishNextRoot();
        var good = Repository.Files[$"metadata/{file}.json"];
        foreach (
            var bad in (string[])
                [
                    "",
                    "null",
                    "[]",
                    "{}",
                    "7",
                    "\"\"",
                    "{\"signed\":{},\"signatures\":[]}",
                    "{\"signed\":null,\"signatures\":null}",
                    "{\"signed\":[],\"signatures\":[{}]}",
                    "{\"signed\":{\"_type\":[]},\"signatures\":{}}",
                    new string('[', 10_000),
                ]
        )
        {
            Repository.Files[$"metadata/{file}.json"] = Encoding.UTF8.GetBytes(bad);
            var error = await Assert.ThrowsAnyAsync<TufException>(RefreshAfterRestartAsync);
            Assert.True(error is MetadataMalformedException or ThresholdException, error.Message);
        }

        Repository.Files[$"metadata/{file}.json"] = good;
        Assert.Empty((await RefreshAfterRestartAsync()).Warnings);
    }

    /// <summary>A large role is read while it is verified: what was wrong with it counts only where the signatures hold.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_large_role_is_refused_for_its_signatures_before_its_shape(bool isSigned, bool isShaped)
    {
        Repository.WithDigests = false;
        Repository.AddTarget("t", [1]);
        Repository.Targets.Signed["x"] = new string('x', 2_000_000);
        if (!isShaped)
        {
            Repository.Targets.Signed["targets"]!["t"]!["hashes"]!["sha256"] = 7;
        }

        Repository.PublishNext();
        if (!isSigned)
        {
            Repository.Tamper($"metadata/{Repository.Targets.Version}.targets.json", "xxxx", "xxxy");
        }

        var refresh = Record.ExceptionAsync(RefreshAfterRestartAsync);
        var expected = (isSigned, isShaped) switch
        {
            (false, _) => typeof(ThresholdException),
            (_, false) => typeof(MetadataMalformedException),
            _ => null,
        };
        Assert.Equal(expected, (await refresh)?.GetType());
    }

    [Theory]
    [InlineData("\\u001b[2J\\r\\n\\u202e")]
    [InlineData("LONG")]
    public async Task What_nobody_has_signed_stands_in_errors_without_control_characters_and_cut_short(string keyId)
    {
        var text = keyId is "LONG" ? new string('k', 7000) : keyId;
        var signature = $"{{\"keyid\":\"{text}\",\"sig\":\"\"}}";
        Repository.Files["metadata/timestamp.json"] = Encoding.UTF8.GetBytes(
            $"{{\"signatures\":[{signature},{signature}],\"signed\":{{}}}}"
        );
        var error = await Assert.ThrowsAsync<MetadataMalformedException>(RefreshAfterRestartAsync);
        Assert.Contains("two signatures carry the key id '", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, c => char.IsControl(c) || c == '\u202e');
        Assert.True(error.Message.Length <= 4096);
        Assert.EndsWith("'.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"md5\":\"00\"}")]
    [Trait("flaw", "go-tuf-721")]
    public async Task A_file_without_a_digest_is_refused(string hashes)
    {
        Repository.AddTarget("t", [1]);
        Repository.Targets.Signed["targets"]!["t"]!["hashes"] = JsonNode.Parse(hashes);
        Repository.PublishNext();
        // None listed is another shape; none that can be computed is a target that cannot be opened.
        await Assert.ThrowsAsync<MetadataMalformedException>(async () =>
        {
            var client = Restart();
            await client.RefreshAsync(default);
            var target = await client.FindTargetAsync(new TargetName("t"), default);
            await client.OpenTargetAsync(target!, default);
        });
        Repository.Targets.RemoveTarget(new TargetName("t"));
        Repository.Snapshot.Signed["meta"]!["targets.json"]!["hashes"] = JsonNode.Parse(hashes);
        Repository.PublishNextSnapshot();
        await Assert.ThrowsAsync<MetadataMalformedException>(RefreshAfterRestartAsync);
    }

    [Theory]
    [InlineData("targets", "targets")]
    [InlineData("targets", "delegations")]
    [InlineData("snapshot", "meta")]
    [InlineData("timestamp", "meta")]
    [InlineData("root", "keys")]
    [InlineData("root", "roles")]
    [Trait("flaw", "go-tuf-749")]
    public async Task Null_in_place_of_an_object_is_refused(string role, string field)
    {
        // Signed by the right keys, so that signatures are no protection.
        MetadataDocument Of(RepositorySimulator repository) =>
            role switch
            {
                "targets" => repository.Targets,
                "snapshot" => repository.Snapshot,
                "timestamp" => repository.Timestamp,
                _ => repository.Root,
            };
        var document = Of(Repository);
        document.Signed[field] = null;
        document.SetVersion(2);
        Repository.SignAll(document, role);
        var name = role is "timestamp" ? "timestamp" : $"2.{role}";
        Repository.Files[$"metadata/{name}.json"] = document.ToBytes();
        if (role is "targets")
        {
            Repository.Snapshot.SetMeta("targets.json", 2);
            Repository.PublishNextSnapshot();
        }

        if (role is "snapshot")
        {
            Repository.Timestamp.SetMeta("snapshot.json", 2);
            Repository.PublishNextTimestamp();
        }

        Assert.Equal(role, (await Assert.ThrowsAsync<MetadataMalformedException>(RefreshAfterRestartAsync)).Subject);
    }
}
