using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Signing;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>A repository at two places, "a" (the main one) and "b", which do not always agree.</summary>
public sealed class MirrorTests : TufClientTestBase
{
    private readonly TwoPlaces _places = new();

    private TufClientOptions Mirrored =>
        Options with
        {
            Transport = _places,
            MetadataUrl = new Uri("memory://user:secret@a/metadata"),
            TargetsUrl = new Uri("memory://user:secret@a/targets"),
            Mirrors = [new RepositoryMirror(new Uri("memory://b/metadata/"), new Uri("memory://b/targets/"))],
        };

    [Fact]
    public async Task The_mirror_that_answers_is_asked_first_from_then_on()
    {
        Publish("a", "b");
        _places.Down.Add("a");
        var client = TufClient.Open(Mirrored);
        var result = await client.RefreshAsync(default);
        Assert.Empty(result.Warnings);
        _places.Down.Clear();
        await client.RefreshAsync(default);
        Assert.All(_places.Requests, request => Assert.StartsWith("b:", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_main_place_is_enough_while_it_is_right()
    {
        Publish("a", "b");
        await TufClient.Open(Mirrored).RefreshAsync(default);
        Assert.Equal(
            [
                "a:metadata/2.root.json",
                "a:metadata/timestamp.json",
                "a:metadata/1.snapshot.json",
                "a:metadata/1.targets.json",
            ],
            _places.Requests
        );
    }

    [Fact]
    public async Task A_mirror_that_lags_is_passed_over_with_a_warning()
    {
        Publish("a");
        Repository.PublishNext();
        Publish("b");
        var client = TufClient.Open(Mirrored);
        _places.Down.Add("a");
        await client.RefreshAsync(default);
        _places.Down.Clear();
        _places.Requests.Clear();

        var result = await TufClient.Open(Mirrored).RefreshAsync(default);
        Assert.Equal(2, result.TimestampVersion);
        var warning = Assert.Single(result.Warnings);
        Assert.StartsWith(
            "mirror: memory://a/metadata/timestamp.json was passed over: ",
            warning,
            StringComparison.Ordinal
        );
        Assert.Contains("lags", warning, StringComparison.Ordinal);
        Assert.Equal(
            ["a:metadata/2.root.json", "a:metadata/timestamp.json", "b:metadata/timestamp.json"],
            _places.Requests
        );
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("1.snapshot")]
    [InlineData("1.targets")]
    public async Task Metadata_that_is_refused_is_taken_from_the_next_mirror(string name)
    {
        var file = $"metadata/{name}.json";
        Publish("b");
        Repository.Tamper(file, "\"expires\": \"2026-01", "\"expires\": \"2026-02");
        Publish("a");
        var result = await TufClient.Open(Mirrored).RefreshAsync(default);
        Assert.Contains($"memory://a/{file}", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(_places.Files["b"][file], File.ReadAllBytes(Directory[$"{name.Split('.')[^1]}.json"]));
        // From then on the better one is asked first.
        Assert.DoesNotContain(
            _places.Requests.SkipWhile(request => request != $"b:{file}"),
            request => request.StartsWith("a:", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("timestamp", 16_385)]
    [InlineData("1.snapshot", 2_000_001)]
    [InlineData("1.targets", 5_000_001)]
    [InlineData("1.targets", 0)]
    public async Task Metadata_that_is_missing_or_too_long_is_taken_from_the_next_mirror(string name, int length)
    {
        Publish("a", "b");
        _places.Files["a"].Remove($"metadata/{name}.json");
        if (length > 0)
        {
            _places.Files["a"][$"metadata/{name}.json"] = new byte[length];
        }

        var result = await TufClient.Open(Mirrored).RefreshAsync(default);
        Assert.Contains($"memory://a/metadata/{name}.json", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_fail_the_first_reason_is_the_error()
    {
        Repository.Tamper("metadata/timestamp.json", "\"expires\": \"2026-01", "\"expires\": \"2026-02");
        Publish("a", "b");
        _places.Files["b"].Remove("metadata/timestamp.json");
        var client = TufClient.Open(Mirrored);
        await Assert.ThrowsAsync<ThresholdException>(() => client.RefreshAsync(default));
        Assert.Contains("memory://a/", Assert.Single(client.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", client.Warnings[0], StringComparison.Ordinal);

        _places.Down.Add("b");
        await Assert.ThrowsAsync<ThresholdException>(() => client.RefreshAsync(default));
        _places.Down.Add("a");
        await Assert.ThrowsAsync<TransportException>(() => client.RefreshAsync(default));
    }

    [Fact]
    public async Task A_root_that_is_refused_is_taken_from_the_next_mirror()
    {
        Repository.PublishNextRoot();
        Publish("b");
        Repository.Tamper("metadata/2.root.json", "\"expires\": \"2026-01", "\"expires\": \"2026-02");
        Publish("a");
        var result = await TufClient.Open(Mirrored).RefreshAsync(default);
        Assert.Equal(2, result.RootVersion);
        Assert.Equal(
            ["a:metadata/2.root.json", "b:metadata/2.root.json", "b:metadata/3.root.json"],
            _places.Requests.Take(3)
        );
    }

    [Fact]
    public async Task An_expired_root_makes_the_next_refresh_begin_elsewhere()
    {
        Publish("a");
        Repository.Root.SetExpires(Repository.Expires.AddDays(30));
        Repository.PublishNextRoot();
        foreach (var document in (MetadataDocument[])[Repository.Timestamp, Repository.Snapshot, Repository.Targets])
        {
            document.SetExpires(Repository.Expires.AddDays(30));
        }

        Repository.PublishNext();
        Publish("b");
        Time.Set(Repository.Expires.AddDays(1));
        var client = TufClient.Open(Mirrored);
        await Assert.ThrowsAsync<ExpiredException>(() => client.RefreshAsync(default));
        Assert.Equal(2, (await client.RefreshAsync(default)).RootVersion);
    }

    [Fact]
    public async Task A_forbidden_root_is_an_error_where_that_is_the_policy()
    {
        Publish("a");
        _places.Forbidden.Add("a:metadata/2.root.json");
        var strict = Mirrored with { ForbiddenRootEndsChain = false, Mirrors = [] };
        var error = await Assert.ThrowsAsync<TransportException>(() => TufClient.Open(strict).RefreshAsync(default));
        Assert.Equal(403, error.Status);

        Publish("b");
        await TufClient.Open(strict with { Mirrors = Mirrored.Mirrors }).RefreshAsync(default);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_no_reason_to_ask_another_mirror()
    {
        Publish("a", "b");
        System.IO.Directory.CreateDirectory(Directory["timestamp.json"]);
        await Assert.ThrowsAsync<StoreFailedException>(() => TufClient.Open(Mirrored).RefreshAsync(default));
        Assert.All(_places.Requests, request => Assert.StartsWith("a:", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_wrong_with_this_host_is_no_reason_to_ask_another_mirror()
    {
        Publish("a", "b");
        foreach (
            var fault in (TufException[])
                [
                    new CryptographyUnavailableException("none"),
                    new StoreFailedException("f", "full"),
                    new StoreCorruptException("f", "?"),
                ]
        )
        {
            _places.Requests.Clear();
            var mirrors = new MirrorList(Mirrored);
            var error = await Assert.ThrowsAnyAsync<TufException>(() =>
                mirrors.AskAsync<int>(
                    mirror => new Uri(mirror.MetadataUrl, "/metadata/timestamp.json"),
                    100_000,
                    null,
                    _ => throw fault,
                    default
                )
            );
            Assert.Same(fault, error);
            Assert.Single(_places.Requests);
            Assert.Empty(mirrors.Warnings);
        }
    }

    [Fact]
    public async Task A_delegated_role_that_is_refused_is_taken_from_the_next_mirror()
    {
        Repository.Delegate("targets", "role1");
        Repository.AddTarget("t", [1], "role1");
        Repository.PublishDelegations();
        Publish("b");
        Repository.Tamper("metadata/1.role1.json", "\"expires\": \"2026-01", "\"expires\": \"2026-02");
        Publish("a");
        var client = TufClient.Open(Mirrored);
        var result = await client.RefreshAsync(default);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
        Assert.Empty(result.Warnings);
        Assert.Contains("memory://a/metadata/1.role1.json", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_a_mirror_lacks_or_announces_too_long_is_taken_from_the_next()
    {
        var (client, target, file) = await TargetAsync();
        _places.Files["a"].Remove(file);
        Assert.Equal([1, 2, 3], await client.ReadTargetAsync(target, 3, default));

        (client, target, _) = await TargetAsync();
        _places.Files["a"][file] = [1, 2, 3, 4];
        _places.AnnouncesLength = true;
        Assert.Equal([1, 2, 3], await client.ReadTargetAsync(target, 3, default));
        Assert.Contains("memory://a/", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_turns_out_wrong_is_opened_elsewhere_the_next_time()
    {
        var (client, target, file) = await TargetAsync();
        _places.Files["a"][file] = [1, 2, 4];
        await Assert.ThrowsAsync<LengthOrDigestMismatchException>(() => client.ReadTargetAsync(target, 3, default));
        Assert.Equal([1, 2, 3], await client.ReadTargetAsync(target, 3, default));
        Assert.Contains("memory://a/", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    private async Task<(TufClient Client, Tuf.Metadata.TargetFile Target, string File)> TargetAsync()
    {
        Repository.AddTarget("t", [1, 2, 3]);
        Repository.PublishNext();
        Publish("a", "b");
        var client = TufClient.Open(Mirrored);
        await client.RefreshAsync(default);
        var target = (await client.FindTargetAsync(new TargetName("t"), default))!;
        return (client, target, $"targets/{RepositorySimulator.Sha256([1, 2, 3])}.t");
    }

    // What the repository holds now lies at these places.
    private void Publish(params string[] places)
    {
        foreach (var place in places)
        {
            _places.Files[place] = new Dictionary<string, byte[]>(Repository.Files, StringComparer.Ordinal);
        }
    }

    private sealed class TwoPlaces : ITransport
    {
        public Dictionary<string, Dictionary<string, byte[]>> Files { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Down { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Forbidden { get; } = new(StringComparer.Ordinal);

        public List<string> Requests { get; } = [];

        public bool AnnouncesLength { get; set; }

        public Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
        {
            var address =
                request.Addresses.FirstOrDefault(uri => !Down.Contains(uri.Host))
                ?? throw new TransportException("all", "Nobody answers.");
            var name = Uri.UnescapeDataString(address.AbsolutePath)["/".Length..];
            Requests.Add($"{address.Host}:{name}");
            if (Forbidden.Contains(Requests[^1]))
            {
                return Task.FromResult(TransportResponse.Missing(403, address));
            }

            if (!Files[address.Host].TryGetValue(name, out var bytes))
            {
                return Task.FromResult(TransportResponse.Missing(404, address));
            }

            return AnnouncesLength && bytes.Length > request.MaxLength
                ? throw new TooLargeException(AddressText.Of(address), request.MaxLength)
                : Task.FromResult(new TransportResponse(new MemoryStream(bytes), 200) { Address = address });
        }
    }
}
