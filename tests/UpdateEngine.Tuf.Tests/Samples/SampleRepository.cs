using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Tests.Samples;

/// <summary>
/// Somebody else's repository, as it lies in a checkout, put under the names that a server would have for it: each metadata file with its
/// version before its name and without, each target with each of its digests and without. The clock stands just before the first of the
/// newest files expires.
/// </summary>
internal sealed class SampleRepository : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private int _stores;

    /// <param name="metadata">With root_history/ or without.</param>
    /// <param name="targets">Null where there are none.</param>
    public SampleRepository(string metadata, string? targets)
    {
        Directory.CreateDirectory(_directory["metadata"]);
        Time.Set(DateTimeOffset.MaxValue);
        foreach (var file in Directory.EnumerateFiles(metadata, "*.json"))
        {
            AddMetadata(file);
        }

        if (Directory.Exists(Path.Join(metadata, "root_history")))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Join(metadata, "root_history"), "*.json"))
            {
                File.Copy(file, _directory[$"metadata/{Path.GetFileName(file)}"], overwrite: true);
            }
        }

        if (targets is not null)
        {
            AddTargets(targets);
        }
    }

    public ManualTime Time { get; } = new();

    public byte[] Read(string name) => File.ReadAllBytes(_directory[$"metadata/{name}"]);

    /// <summary>A client with a store of its own.</summary>
    public TufClient Open(byte[] root) =>
        TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = root,
                MetadataDirectory = _directory[$"store{_stores++}"],
                Transport = new FileTransport(),
                MetadataUrl = new Uri($"file://{_directory["metadata"]}"),
                TargetsUrl = new Uri($"file://{_directory["targets"]}"),
                Time = Time,
            }
        );

    public void Dispose() => _directory.Dispose();

    private void AddMetadata(string file)
    {
        var name = Path.GetFileName(file);
        File.Copy(file, _directory[$"metadata/{name}"], overwrite: true);
        if (char.IsAsciiDigit(name[0]))
        {
            return;
        }

        var signed = JsonNode.Parse(File.ReadAllBytes(file))!["signed"]!;
        var version = ((long)signed["version"]!).ToString(CultureInfo.InvariantCulture);
        File.Copy(file, _directory[$"metadata/{version}.{name}"], overwrite: true);
        var last = Rfc3339.Parse((string)signed["expires"]!).AddSeconds(-1);
        Time.Set(last < Time.GetUtcNow() ? last : Time.GetUtcNow());
    }

    private void AddTargets(string targets)
    {
        foreach (var file in Directory.EnumerateFiles(targets, "*", SearchOption.AllDirectories))
        {
            var directory = Path.Join("targets", Path.GetDirectoryName(Path.GetRelativePath(targets, file)));
            Directory.CreateDirectory(_directory[directory]);
            var bytes = File.ReadAllBytes(file);
            foreach (
                var prefix in (string[])
                    [
                        "",
                        Convert.ToHexStringLower(SHA256.HashData(bytes)) + ".",
                        Convert.ToHexStringLower(SHA512.HashData(bytes)) + ".",
                    ]
            )
            {
                File.WriteAllBytes(_directory[Path.Join(directory, prefix + Path.GetFileName(file))], bytes);
            }
        }
    }
}
