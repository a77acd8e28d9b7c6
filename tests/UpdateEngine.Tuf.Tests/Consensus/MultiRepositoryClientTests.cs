using System.Text;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Consensus;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Consensus;

public sealed class MultiRepositoryClientTests : IDisposable
{
    private static readonly TargetName s_name = new("t.img");
    private readonly SeveralRepositories _all = new();

    [Fact]
    public async Task A_target_that_enough_repositories_list_alike_is_found_and_fetched()
    {
        _all.AddTarget("ab", "t.img", "content");
        _all.AddTarget("c", "t.img", "another");
        var client = _all.Open("*.img: a b c, 2!");
        var found = (await client.FindTargetAsync(s_name, default))!;
        Assert.Equal(["a", "b"], found.Repositories.Select(answer => answer.Repository));
        Assert.Equal(3, found.Answers.Count);
        Assert.Equal("content", await CopyAsync(client, found));
        await using var stream = await client.OpenTargetAsync(found, default);
        await stream.CompleteAsync(default);
        Assert.True(stream.IsVerified);
    }

    [Fact]
    public async Task Too_few_that_agree_are_an_error_that_names_each_and_why()
    {
        _all.AddTarget("a", "t.img", "content");
        _all.Down.UnionWith(["b", "b-mirror"]);
        var client = _all.Open("*.img: a b c, 2!", "*: a, 1");
        var error = await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        Assert.Equal("tuf-no-agreement", error.Code);
        Assert.Equal("t.img", error.Subject);
        var failed = Assert.Single(error.Mappings);
        Assert.Equal((1, 2), (failed.Number, failed.Threshold));
        Assert.Equal(["a", "b", "c"], failed.Answers.Select(answer => answer.Repository));
        Assert.IsType<TransportException>(failed.Answers[1].Failure);
        var digest = RepositorySimulator.Sha256("content"u8.ToArray());
        Assert.Equal(
            $"The repositories do not agree on t.img: mapping 1 needs 2 of 3, but 'a' says 7 bytes, sha256 {digest}, "
                + "and 'b' failed with tuf-transport: b is down, and 'c' has no such target.",
            error.Message
        );
    }

    [Fact]
    public async Task Where_a_mapping_does_not_terminate_the_next_one_decides()
    {
        _all.AddTarget("a", "t.img", "content");
        _all.AddTarget("b", "t.img", "another");
        var client = _all.Open("*.img: a b, 2", "x*: c, 1", "*: c b, 1");
        var found = (await client.FindTargetAsync(s_name, default))!;
        Assert.Equal(["b"], found.Repositories.Select(answer => answer.Repository));
        Assert.Equal("another", await CopyAsync(client, found));
    }

    [Fact]
    public async Task All_mappings_that_were_tried_are_in_the_error()
    {
        _all.AddTarget("a", "t.img", "content");
        var client = _all.Open("x: a, 1", "*.img: a b, 2", "*: b c, 1");
        var error = await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        Assert.Equal([2, 3], error.Mappings.Select(mapping => mapping.Number));
    }

    [Theory]
    [InlineData("*.img: a b, 2")]
    [InlineData("*.zip: a b, 2!")]
    public async Task A_target_that_nobody_has_is_no_error(string mapping) =>
        Assert.Null(await _all.Open(mapping).FindTargetAsync(s_name, default));

    [Fact]
    public async Task A_target_that_nobody_has_is_an_error_when_somebody_could_not_be_asked()
    {
        _all.Down.UnionWith(["b", "b-mirror"]);
        var client = _all.Open("*.img: a b, 1");
        await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
    }

    [Fact]
    public async Task A_repository_that_has_expired_does_not_agree_but_enough_others_do()
    {
        _all.AddTarget("abc", "t.img", "content");
        _all["b"].Timestamp.SetExpires(_all.Time.GetUtcNow());
        _all["b"].PublishNextTimestamp();
        var found = (await _all.Open("*.img: a b c, 2!").FindTargetAsync(s_name, default))!;
        Assert.Equal(["a", "c"], found.Repositories.Select(answer => answer.Repository));
        Assert.Equal("tuf-expired", found.Answers[1].Failure!.Code);
        await Assert.ThrowsAsync<NoAgreementException>(() =>
            _all.Open("*.img: a b c, 3!").FindTargetAsync(s_name, default)
        );
    }

    [Fact]
    public async Task Each_repository_is_asked_when_it_is_needed_and_once_in_a_refresh()
    {
        _all.AddTarget("ab", "t.img", "content");
        _all.AddTarget("ab", "u.img", "content");
        var client = _all.Open("*.img: a b, 2", "*: c, 1");
        await client.FindTargetAsync(s_name, default);
        Assert.Equal(["a", "b"], _all.Hosts.Distinct());
        _all.Hosts.Clear();
        Assert.NotNull(await client.FindTargetAsync(new TargetName("u.img"), default));
        Assert.Empty(_all.Hosts);
        client.BeginRefresh();
        Assert.Empty(_all.Hosts);
        Assert.NotNull(await client.FindTargetAsync(s_name, default));
        Assert.Equal(4, _all.Hosts.Count);
    }

    [Fact]
    public async Task A_failure_is_remembered_until_the_next_refresh()
    {
        _all.AddTarget("a", "t.img", "content");
        _all.Down.UnionWith(["a", "a-mirror"]);
        var client = _all.Open("*.img: a, 1");
        await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        _all.Down.Clear();
        await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        client.BeginRefresh();
        Assert.NotNull(await client.FindTargetAsync(s_name, default));
    }

    [Fact]
    public async Task All_repositories_are_judged_at_one_time()
    {
        _all.AddTarget("ab", "t.img", "content");
        // The clock passes everybody's expiry while the first repository answers.
        _all.OnRequest = _ => _all.Time.Set(_all["a"].Expires.AddDays(1));
        var client = _all.Open("*.img: a b, 2!");
        Assert.NotNull(await client.FindTargetAsync(s_name, default));
        client.BeginRefresh();
        var error = await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        Assert.All(error.Mappings[0].Answers, answer => Assert.IsType<ExpiredException>(answer.Failure));
    }

    [Fact]
    public async Task A_mirror_answers_for_a_repository_that_is_down_and_remembers_what_was_seen_there()
    {
        _all.AddTarget("a", "t.img", "content");
        var client = _all.Open("*.img: a, 1!");
        var found = (await client.FindTargetAsync(s_name, default))!;
        _all.Down.Add("a");
        Assert.Equal("content", await CopyAsync(client, found));
        client.BeginRefresh();
        Assert.NotNull(await client.FindTargetAsync(s_name, default));
        // The mirror cannot offer less than the main address has shown.
        client.BeginRefresh();
        _all["a"].Timestamp.SetVersion(1);
        _all["a"].PublishTimestamp();
        var error = await Assert.ThrowsAsync<NoAgreementException>(() => client.FindTargetAsync(s_name, default));
        Assert.IsType<RollbackException>(error.Mappings[0].Answers[0].Failure);
        _all.Down.Clear();
        error = await Assert.ThrowsAsync<NoAgreementException>(() =>
            _all.Open("*.img: a, 1!").FindTargetAsync(s_name, default)
        );
        Assert.IsType<RollbackException>(error.Mappings[0].Answers[0].Failure);
    }

    [Fact]
    public async Task A_broken_file_of_one_repository_is_fetched_from_the_next_that_agrees()
    {
        _all.AddTarget("abc", "t.img", "content");
        var client = _all.Open("*.img: c a b, 2!");
        var found = (await client.FindTargetAsync(s_name, default))!;
        var file = $"targets/{RepositorySimulator.Sha256("content"u8.ToArray())}.t.img";
        _all["c"].Files[file] = "CONTENT, and more"u8.ToArray();
        _all["a"].Files.Remove(file);
        Assert.Equal("content", await CopyAsync(client, found));
        _all["b"].Files[file] = "Content"u8.ToArray();
        var destination = new MemoryStream();
        destination.Write("before"u8);
        var error = await Assert.ThrowsAsync<TransportException>(() =>
            client.CopyTargetAsync(found, destination, default)
        );
        Assert.All(["'c': ", "'a': ", "'b': "], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
        Assert.IsType<TooLargeException>(error.InnerException);
        Assert.Equal("before", Encoding.UTF8.GetString(destination.ToArray()));
    }

    [Fact]
    public async Task A_broken_file_at_one_address_is_fetched_from_the_next_of_the_same_repository()
    {
        _all.AddTarget("a", "t.img", "content");
        var client = _all.Open("*.img: a, 1!");
        var found = (await client.FindTargetAsync(s_name, default))!;
        var file = $"targets/{RepositorySimulator.Sha256("content"u8.ToArray())}.t.img";
        _all.OnRequest = uri => _all["a"].Files[file] = uri.Host is "a" ? "Content"u8.ToArray() : "content"u8.ToArray();
        Assert.Equal("content", await CopyAsync(client, found));
        Assert.Contains("a: mirror: memory://a/targets/", client.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repositories_that_list_different_digests_of_one_file_agree_by_the_one_in_common()
    {
        _all.AddTarget("a", "t.img", "content", "sha512");
        _all.AddTarget("b", "t.img", "content", "sha256", "sha512");
        _all.AddTarget("c", "t.img", "content", "sha256");
        var client = _all.Open("*.img: a b c, 2!");
        var found = (await client.FindTargetAsync(s_name, default))!;
        Assert.Equal(["a", "b"], found.Repositories.Select(answer => answer.Repository));
        Assert.Equal("content", await CopyAsync(client, found));
        await Assert.ThrowsAsync<NoAgreementException>(() =>
            _all.Open("*.img: a b c, 3!").FindTargetAsync(s_name, default)
        );
    }

    [Fact]
    public void A_repository_without_a_trust_anchor_is_refused_at_once()
    {
        var options = new MultiRepositoryOptions
        {
            Map = SeveralRepositories.NewMap("*: a, 1"),
            TrustedRoots = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["a"] = [], ["b"] = [] },
            MetadataDirectory = _all.Directory.Path,
            Transport = _all,
        };
        Assert.Contains(
            "'c'",
            Assert.Throws<ArgumentException>(() => new MultiRepositoryClient(options)).Message,
            StringComparison.Ordinal
        );
        Assert.Empty(_all.Directory.Files());
    }

    [Fact]
    public async Task The_callers_wish_to_stop_is_no_failure_of_a_repository()
    {
        using var stop = new CancellationTokenSource();
        _all.OnRequest = _ =>
        {
            stop.Cancel();
            stop.Token.ThrowIfCancellationRequested();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            _all.Open("*: a b, 1").FindTargetAsync(s_name, stop.Token)
        );
    }

    private static async Task<string> CopyAsync(MultiRepositoryClient client, AgreedTarget target)
    {
        var destination = new MemoryStream();
        destination.Write("before "u8);
        await client.CopyTargetAsync(target, destination, default);
        return Encoding.UTF8.GetString(destination.ToArray())["before ".Length..];
    }

    public void Dispose() => _all.Dispose();
}
