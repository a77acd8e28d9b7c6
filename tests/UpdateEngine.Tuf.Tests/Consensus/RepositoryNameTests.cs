using System.Text.Json;
using UpdateEngine.Tuf.Consensus;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Consensus;

/// <summary>CVE-2026-24686: the name of a repository in a map file was used as a path.</summary>
public sealed class RepositoryNameTests
{
    private static readonly string[] s_names =
    [
        ".",
        "..",
        "",
        "a/b",
        "a",
        "A",
        "a ",
        "../outside",
        "../../etc",
        "/absolute",
        "/tmp/absolute",
        "a\\b",
        "..\\outside",
        "c:",
        "nul",
        "~",
        "%2e%2e",
        "root_history",
        "root.json",
        "e\u0301",
        "\u00e9",
        new string('x', 5000),
        new string('x', 5001),
    ];

    [Fact]
    [Trait("flaw", "CVE-2026-24686")]
    public async Task No_name_leads_out_of_the_directory_or_to_another_repositorys()
    {
        using var directory = new TemporaryDirectory();
        var repository = new RepositorySimulator(TimeProvider.System.GetUtcNow());
        repository.AddTarget("t", [1]);
        repository.PublishNext();
        var client = new MultiRepositoryClient(
            new MultiRepositoryOptions
            {
                Map = NewMap(),
                TrustedRoots = s_names.ToDictionary(n => n, _ => repository.TrustAnchor, StringComparer.Ordinal),
                MetadataDirectory = directory["stores"],
                Transport = repository,
            }
        );
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));

        var directories = s_names.Select(client.DirectoryOf).ToArray();
        Assert.Equal(s_names.Length, directories.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(
            directories,
            store => Assert.Matches("^[0-9a-f]{64}$", Path.GetRelativePath(directory["stores"], store))
        );
        Assert.Equal(
            directories.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(directory["stores"]).Order(StringComparer.Ordinal)
        );
        Assert.Equal([directory["stores"]], Directory.EnumerateFileSystemEntries(directory.Path));
        Assert.All(directories, store => Assert.True(File.Exists(Path.Join(store, "timestamp.json"))));
    }

    [Fact]
    [Trait("flaw", "CVE-2026-24686")]
    public void A_root_that_lies_under_the_repositorys_name_is_no_trust_anchor()
    {
        using var directory = new TemporaryDirectory();
        var repository = new RepositorySimulator(TimeProvider.System.GetUtcNow());
        Directory.CreateDirectory(directory["a"]);
        File.WriteAllBytes(directory["a/root.json"], repository.TrustAnchor);
        var options = new MultiRepositoryOptions
        {
            Map = NewMap(),
            TrustedRoots = new Dictionary<string, byte[]>(StringComparer.Ordinal),
            MetadataDirectory = directory.Path,
            Transport = new FileTransport(),
        };
        Assert.Throws<ArgumentException>(() => new MultiRepositoryClient(options));
    }

    private static RepositoryMap NewMap() =>
        RepositoryMap.Parse(
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    repositories = s_names.ToDictionary(n => n, _ => new[] { "memory://r/" }, StringComparer.Ordinal),
                    mapping = new[]
                    {
                        new
                        {
                            paths = new[] { "*" },
                            repositories = s_names,
                            threshold = s_names.Length,
                            terminating = true,
                        },
                    },
                }
            )
        );
}
