using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Samples;

/// <summary>
/// A repository of our own that has the traits of those that are in use, all in one, made here at each run from fixed private keys: a chain
/// of four roots that begins with points in hexadecimal and goes on with PEM; ECDSA under both type names; key ids that are no digest of the
/// key; dates with offsets and fractions; signatures that are empty; RSA-PSS with the longest salt; snapshots that are not consistent.
/// </summary>
public sealed class OwnTraitsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TraitRepository _repository = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_repository_with_the_traits_of_those_in_use_is_followed()
    {
        Assert.Equal(4, (await Open().RefreshAsync(default)).RootVersion);
        var client = Open();
        await client.LoadTrustedAsync(default);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
    }

    [Theory]
    [InlineData("2.root.json")]
    [InlineData("3.root.json")]
    [InlineData("4.root.json")]
    [InlineData("timestamp.json")]
    [InlineData("snapshot.json")]
    [InlineData("targets.json")]
    public async Task One_changed_character_of_any_file_is_noticed(string file)
    {
        var text = Encoding.UTF8.GetString(_repository.Files[file]);
        var changed = text.Replace("\"expires\":\"2031", "\"expires\":\"2032", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        _repository.Files[file] = Encoding.UTF8.GetBytes(changed);
        await Assert.ThrowsAsync<ThresholdException>(() => Open().RefreshAsync(default));
    }

    [Fact]
    public async Task An_offset_is_part_of_the_time_of_expiry()
    {
        // 23:59:59.5 at five hours west of Greenwich.
        var expires = new DateTimeOffset(2031, 1, 2, 4, 59, 59, 500, TimeSpan.Zero);
        _time.Set(expires.AddTicks(-1));
        await Open().RefreshAsync(default);
        _time.Set(expires);
        Assert.Equal(expires, (await Assert.ThrowsAsync<ExpiredException>(() => Open().RefreshAsync(default))).Expires);
    }

    [Fact]
    public async Task Empty_signatures_do_not_count()
    {
        var document = JsonNode.Parse(_repository.Files["4.root.json"])!;
        foreach (var signature in document["signatures"]!.AsArray())
        {
            signature!["sig"] = "";
        }

        _repository.Files["4.root.json"] = Encoding.UTF8.GetBytes(document.ToJsonString());
        Assert.Equal(0, (await Assert.ThrowsAsync<ThresholdException>(() => Open().RefreshAsync(default))).Valid);
    }

    public void Dispose() => _directory.Dispose();

    private TufClient Open() =>
        TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = _repository.Files["1.root.json"],
                MetadataDirectory = _directory["store"],
                Transport = new FileTransport(),
                MetadataUrl = new Uri($"file://{WriteFiles()}"),
                TargetsUrl = new Uri("file:///nonexistent/"),
                Time = _time,
            }
        );

    private string WriteFiles()
    {
        Directory.CreateDirectory(_directory["metadata"]);
        foreach (var (name, bytes) in _repository.Files)
        {
            File.WriteAllBytes(_directory[$"metadata/{name}"], bytes);
        }

        return _directory["metadata"];
    }
}
