using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>
/// Keys that come and go. A version of a role is written "keys/threshold/signatures", each key a digit: "123/2/12" names three keys, wants
/// two, and is signed by the first two.
/// </summary>
public sealed class KeyRotationTests : TufClientTestBase
{
    private static readonly string[] s_roles = ["timestamp", "snapshot", "targets"];

    private readonly Ed25519Signer[] _keys = [.. Enumerable.Range(0, 10).Select(_ => Ed25519Signer.Generate())];

    /// <summary>Section 5.3.4: each root by the threshold of the one before and by its own; the first that is not ends the chain.</summary>
    [Theory]
    [InlineData("1/1/1 2/1/12", 2)]
    [InlineData("1/1/1 2/1/12 1/1/12", 3)]
    [InlineData("1/1/1 2/1/12 3/1/23", 3)]
    [InlineData("1/1/1 2/1/12 3/1/13", 2)]
    [InlineData("1/1/1 2/1/129", 2)]
    [InlineData("1/1/1 2/1/2", 1)]
    [InlineData("1/1/1 2/1/1", 1)]
    [InlineData("1/1/1 1/1/", 1)]
    [InlineData("12/1/1 12/2/12", 2)]
    [InlineData("12/1/1 12/2/1", 1)]
    [InlineData("12/2/12 12/1/12", 2)]
    [InlineData("12/2/12 12/1/1", 1)]
    [InlineData("12345/3/123 13456/3/345", 2)]
    [InlineData("12345/3/123 13456/3/456", 1)]
    [InlineData("12345/3/123 13456/3/126", 1)]
    [InlineData("123/2/12 456/2/1245", 2)]
    [InlineData("123/2/12 456/2/145", 1)]
    [InlineData("123/2/12 456/2/124", 1)]
    [InlineData("123/2/12 234/2/23 456/2/456", 2)]
    [InlineData("123/2/12 234/2/23 346/2/34 567/2/345", 3)]
    [InlineData("123/2/12 234/2/23 346/2/34 567/2/3456", 4)]
    public async Task A_root_is_followed_when_the_old_and_the_new_keys_have_signed(string versions, long accepted)
    {
        var parts = versions.Split(' ');
        for (var i = 0; i < parts.Length; i++)
        {
            Repository.Files[$"metadata/{i + 1}.root.json"] = Root(i + 1, "root", parts[i]).ToBytes();
        }

        var options = Options with { TrustedRoot = Repository.Files["metadata/1.root.json"] };
        if (accepted == parts.Length)
        {
            await TufClient.Open(options).RefreshAsync(default);
        }
        else
        {
            await Assert.ThrowsAsync<ThresholdException>(() => TufClient.Open(options).RefreshAsync(default));
        }

        Assert.Equal(accepted, TufClient.Open(options).RootVersion);
        Assert.Equal(accepted, Stored("root"));
    }

    /// <summary>Sections 5.4.2, 5.5.3 and 5.6.3: the other roles by the last root's keys, whoever has signed besides.</summary>
    [Theory]
    [InlineData("1/1/1", true)]
    [InlineData("2/1/2", true)]
    [InlineData("2/1/12", true)]
    [InlineData("2/1/1", false)]
    [InlineData("2/1/", false)]
    [InlineData("12345/3/135", true)]
    [InlineData("12345/3/1356", true)]
    [InlineData("12345/3/13", false)]
    [InlineData("12345/3/136", false)]
    [InlineData("12/3/12", false)]
    public async Task Other_roles_are_judged_by_the_last_root(string version, bool accepted)
    {
        foreach (var role in s_roles)
        {
            using var directory = new TemporaryDirectory();
            var repository = new RepositorySimulator(Time.GetUtcNow());
            var options = Options with
            {
                TrustedRoot = repository.TrustAnchor,
                MetadataDirectory = directory.Path,
                Transport = repository,
            };
            await TufClient.Open(options).RefreshAsync(default);
            Apply(repository.Root, role, version);
            repository.PublishNextRoot();
            repository.PublishNext();
            Sign(repository, role, version);
            if (accepted)
            {
                await TufClient.Open(options).RefreshAsync(default);
            }
            else
            {
                await Assert.ThrowsAsync<ThresholdException>(() => TufClient.Open(options).RefreshAsync(default));
            }
        }
    }

    private MetadataDocument Root(long version, string role, string keys)
    {
        var root = MetadataDocument.NewRoot(version, Repository.Expires);
        foreach (var other in s_roles)
        {
            root.AddKey(other, Repository.SignersOf(other)[0].PublicKey);
        }

        Apply(root, role, keys);
        SignBy(root, keys);
        return root;
    }

    private void Apply(MetadataDocument root, string role, string version)
    {
        var parts = version.Split('/');
        foreach (var old in root.ToRoot().Roles[role].KeyIds)
        {
            root.RemoveKey(role, old);
        }

        foreach (var key in parts[0])
        {
            root.AddKey(role, _keys[key - '0'].PublicKey);
        }

        root.SetThreshold(role, parts[1][0] - '0');
    }

    private void Sign(RepositorySimulator repository, string role, string version)
    {
        var (document, file) = role switch
        {
            "timestamp" => (repository.Timestamp, "timestamp"),
            "snapshot" => (repository.Snapshot, "2.snapshot"),
            _ => (repository.Targets, "2.targets"),
        };
        document.ClearSignatures();
        SignBy(document, version);
        repository.Files[$"metadata/{file}.json"] = document.ToBytes();
    }

    private void SignBy(MetadataDocument document, string version)
    {
        foreach (var key in version.Split('/')[2])
        {
            document.Sign(_keys[key - '0']);
        }
    }
}
