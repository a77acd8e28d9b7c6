using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Consensus;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Samples;

/// <summary>
/// Repositories that others have published or test with. TUF_SAMPLES names a directory of checkouts by their names, PYTHON_TUF a checkout of
/// python-tuf: see README.md beside the project. Nothing of theirs is kept here.
/// </summary>
public sealed class PublishedRepositoryTests
{
    [Fact]
    public async Task The_roots_of_sigstore_are_followed_from_each_to_the_last()
    {
        using var repository = Sigstore();
        var last = JsonNode.Parse(repository.Read("root.json"))!["signed"]!["version"]!.GetValue<long>();
        Assert.True(last >= 15);
        for (var first = 1L; first <= last; first++)
        {
            var result = await repository.Open(repository.Read($"{first}.root.json")).RefreshAsync(default);
            Assert.Equal(last, result.RootVersion);
            Assert.Empty(result.Warnings);
        }
    }

    [Fact]
    public async Task The_targets_of_sigstore_verify_and_those_of_its_delegation_too()
    {
        using var repository = Sigstore();
        var client = repository.Open(repository.Read("1.root.json"));
        await client.RefreshAsync(default);
        var listed = JsonNode.Parse(repository.Read("targets.json"))!["signed"]!["targets"]!.AsObject();
        foreach (var name in listed.Select(target => target.Key).Append("registry.npmjs.org/keys.json"))
        {
            await RequireTargetAsync(client, name);
        }

        Assert.NotEmpty(listed);
        Assert.Null(await client.FindTargetAsync(new TargetName("registry.npmjs.org/none"), default));
    }

    [Fact]
    public async Task Sigstore_expires_when_the_first_of_its_newest_files_does_however_old_the_roots_before_are()
    {
        using var repository = Sigstore();
        repository.Time.Advance(TimeSpan.FromSeconds(1));
        var client = repository.Open(repository.Read("1.root.json"));
        var error = await Assert.ThrowsAsync<ExpiredException>(() => client.RefreshAsync(default));
        Assert.Equal(repository.Time.GetUtcNow(), error.Expires);
    }

    [Theory]
    [InlineData("go-tuf", "internal/testutils/repository_data/repository", true)]
    [InlineData("python-tuf", "tests/repository_data/repository", false)]
    public async Task The_test_repository_of_another_client_is_followed(string client, string path, bool isConsistent)
    {
        var directory = Path.Join(client is "go-tuf" ? Sample(client) : PythonTuf(), path);
        using var repository = new SampleRepository(Path.Join(directory, "metadata"), Path.Join(directory, "targets"));
        var root = repository.Read("root.json");
        Assert.Equal(isConsistent, JsonNode.Parse(root)!["signed"]!["consistent_snapshot"]!.GetValue<bool>());
        // RSA-PSS with the salt that the signer liked.
        Assert.Contains("rsassa-pss-sha256", System.Text.Encoding.UTF8.GetString(root), StringComparison.Ordinal);
        var follower = repository.Open(root);
        await follower.RefreshAsync(default);
        await RequireTargetAsync(follower, "file1.txt");
        await RequireTargetAsync(follower, "file3.txt");
    }

    [Fact]
    public async Task Strange_names_of_roles_are_asked_for_under_names_that_stay_in_the_repository()
    {
        using var repository = new SampleRepository(
            Path.Join(PythonTuf(), "tests/repository_data/fishy_rolenames/metadata"),
            null
        );
        repository.Time.Set(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var client = repository.Open(repository.Read("1.root.json"));
        await client.RefreshAsync(default);
        // "../a" comes first; that it is not found at all shows that nothing beside the metadata's directory was read.
        var error = await Assert.ThrowsAsync<NotFoundException>(() =>
            client.FindTargetAsync(new TargetName("none"), default)
        );
        Assert.Equal("../a", error.Subject);
    }

    [Theory]
    [InlineData("go-tuf", "examples/multirepo/repository/targets/map.json", 2, 3)]
    [InlineData("python-tuf", "tests/repository_data/client/map.json", 2, 2)]
    public void A_map_file_of_another_client_is_read(string checkout, string path, int repositories, int mappings)
    {
        var directory = checkout is "go-tuf" ? Sample(checkout) : PythonTuf();
        var map = RepositoryMap.Parse(File.ReadAllBytes(Path.Join(directory, path)));
        Assert.Equal((repositories, mappings), (map.Repositories.Count, map.Mappings.Count));
    }

    [Fact]
    public async Task The_repository_of_map_files_of_go_tuf_is_followed()
    {
        var checkout = Sample("go-tuf");
        using var repository = new SampleRepository(
            Path.Join(checkout, "examples/multirepo/repository/metadata"),
            Path.Join(checkout, "examples/multirepo/repository/targets")
        );
        repository.Time.Set(new DateTimeOffset(2023, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var client = repository.Open(File.ReadAllBytes(Path.Join(checkout, "examples/multirepo/client/root.json")));
        await client.RefreshAsync(default);
        await RequireTargetAsync(client, "map.json");
    }

    private static async Task RequireTargetAsync(TufClient client, string name)
    {
        var target = await client.FindTargetAsync(new TargetName(name), default);
        Assert.True(target is not null, name);
        Assert.Equal(target.Length, (await client.ReadTargetAsync(target, 10_000_000, default)).Length);
    }

    private static SampleRepository Sigstore()
    {
        var checkout = Sample("root-signing");
        return new SampleRepository(Path.Join(checkout, "metadata"), Path.Join(checkout, "targets"));
    }

    private static string Sample(string checkout)
    {
        var samples = Environment.GetEnvironmentVariable("TUF_SAMPLES");
        Assert.SkipWhen(string.IsNullOrEmpty(samples), "TUF_SAMPLES does not name a directory of checkouts.");
        var directory = Path.Join(samples, checkout);
        Assert.SkipUnless(Directory.Exists(directory), $"TUF_SAMPLES has no {checkout}.");
        return directory;
    }

    private static string PythonTuf()
    {
        var checkout = Environment.GetEnvironmentVariable("PYTHON_TUF");
        Assert.SkipWhen(string.IsNullOrEmpty(checkout), "PYTHON_TUF does not name a checkout of python-tuf.");
        return checkout;
    }
}
