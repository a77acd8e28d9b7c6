using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using UpdateEngine.State;

namespace RepoTools.Disks;

/// <summary>The configuration of a host, as far as a new one needs it.</summary>
internal sealed record NewHostConfig(
    NewHostRepository Repository,
    string Disk,
    string? Variant,
    string? Arch,
    int? Seed
);

internal sealed record NewHostRepository(string MetadataUrl, string TargetsUrl);

/// <summary>A directory that plays a host: every path of a host below it, its disk a file.</summary>
internal static class HostDirectory
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <param name="trust">Bytes of the root metadata that the host trusts from the start.</param>
    public static void Create(string directory, NewHostConfig config, byte[] trust)
    {
        var paths = new HostPaths(Path.GetFullPath(directory));
        foreach (
            var (health, _) in paths.HealthChecks.Where(h =>
                h.Directory.Contains("/etc/update-engine/", StringComparison.Ordinal)
            )
        )
        {
            Directory.CreateDirectory(health);
        }

        Directory.CreateDirectory(paths.State);
        Directory.CreateDirectory(paths.Runtime);
        Files.Write(paths.TrustAnchor, trust);
        // machine-id(5): 32 lower-case hexadecimal digits.
        Files.Write(
            paths.MachineId,
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) + "\n"),
            ReadOnly
        );
        // Last: with it the directory is a host.
        Files.Write(
            paths.Config,
            [.. JsonSerializer.SerializeToUtf8Bytes(config, HostJson.Default.NewHostConfig), (byte)'\n']
        );
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true
)]
[JsonSerializable(typeof(NewHostConfig))]
internal sealed partial class HostJson : JsonSerializerContext;
