using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Native;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Signing;

namespace UpdateEngine.Tests.Hosts;

/// <summary>A publisher's repository in a directory, served over file://, signed by one key.</summary>
internal sealed class TestRepository
{
    /// <summary>Bytes of an image in one zstd frame.</summary>
    public const int FrameLength = 1024 * 1024;

    private readonly TemporaryDirectory _directory;
    private readonly Ed25519Signer _signer = Ed25519Signer.FromSeed(new byte[32]);
    private readonly MetadataDocument _timestamp;
    private readonly MetadataDocument _snapshot;
    private readonly MetadataDocument _targets;

    public TestRepository(TemporaryDirectory directory, DateTimeOffset now)
    {
        _directory = directory;
        var expires = now.AddDays(365);
        var root = MetadataDocument.NewRoot(1, expires);
        foreach (var role in (string[])["root", "timestamp", "snapshot", "targets"])
        {
            root.AddKey(role, _signer.PublicKey);
        }

        root.Sign(_signer);
        TrustAnchor = root.ToBytes();
        directory.Write("repository/metadata/1.root.json", TrustAnchor);
        _timestamp = MetadataDocument.NewTimestamp(1, expires);
        _snapshot = MetadataDocument.NewSnapshot(1, expires);
        _targets = MetadataDocument.NewTargets(1, expires);
        Publish();
    }

    public byte[] TrustAnchor { get; }

    public Manifest Manifest { get; set; } = new();

    /// <summary>How the file of an image is made, by its role.</summary>
    public Func<string, byte[], byte[]> Encode { get; set; } = (_, image) => Frames(image);

    public string Directory => _directory["repository"];

    public string MetadataUrl => new Uri(_directory["repository/metadata/"]).AbsoluteUri;

    public string TargetsUrl => new Uri(_directory["repository/targets/"]).AbsoluteUri;

    /// <summary>Publishes a release with these decoded images.</summary>
    public Release Add(string version, byte[] boot, byte[] root, Func<Release, Release>? edit = null)
    {
        var release = new Release
        {
            Variant = Sandbox.Variant,
            Arch = Sandbox.Arch,
            Version = SemanticVersion.Parse(version),
            MaxVersion = SemanticVersion.Parse(version),
            Images = new() { ["boot"] = AddImage(version, "boot", boot), ["root"] = AddImage(version, "root", root) },
            Raw = new() { ["boot"] = Raw(boot), ["root"] = Raw(root) },
        };
        release = edit?.Invoke(release) ?? release;
        Manifest = Manifest with { Updates = [.. Manifest.Updates, release] };
        Publish();
        return release;
    }

    /// <summary>Changes one release of the manifest.</summary>
    public void Edit(string version, Func<Release, Release> edit)
    {
        Manifest = Manifest with
        {
            Updates = [.. Manifest.Updates.Select(u => u.Version.ToString() == version ? edit(u) : u)],
        };
        Publish();
    }

    public void Publish()
    {
        AddTarget(Manifest.DefaultTargetName, Manifest.ToBytes());
        Write(_targets, "targets");
        _snapshot.SetMeta("targets.json", _targets.Version - 1);
        Write(_snapshot, "snapshot");
        _timestamp.SetMeta("snapshot.json", _snapshot.Version - 1);
        Write(_timestamp, null);
    }

    /// <summary>The file of an image as it is published, to tamper with.</summary>
    public string TargetPath(string name) =>
        System.IO.Directory.GetFiles(_directory["repository/targets"], $"*.{name}").Single();

    /// <summary>As `repo-tools` does it: independent frames.</summary>
    public static byte[] Frames(byte[] image) =>
        [.. image.Chunk(FrameLength).SelectMany(part => Zstd.CompressFrame(part, 1))];

    public static RawImage Raw(byte[] image) => new(image.Length, Convert.ToHexStringLower(SHA256.HashData(image)));

    private string AddImage(string version, string role, byte[] image)
    {
        var name = $"demo-{version}-{role}.zst";
        AddTarget(name, Encode(role, image));
        return name;
    }

    private void AddTarget(string name, byte[] content)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        _targets.SetTarget(new TargetName(name), content.Length, digest);
        _directory.Write($"repository/targets/{digest}.{name}", content);
    }

    // Every publication is a next version; the first one is 1.
    private void Write(MetadataDocument document, string? versioned)
    {
        document.ClearSignatures();
        document.Sign(_signer);
        var name = versioned is null ? document.Type : $"{document.Version}.{versioned}";
        _directory.Write($"repository/metadata/{name}.json", document.ToBytes());
        document.SetVersion(document.Version + 1);
    }
}
