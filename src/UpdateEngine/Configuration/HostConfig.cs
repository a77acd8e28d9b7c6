using System.Text.Json.Serialization;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Configuration;

/// <summary>How far the host goes by itself.</summary>
public enum Automation
{
    /// <summary>Nothing happens without an operator.</summary>
    Off,

    /// <summary>Looks at the repository.</summary>
    Check,

    /// <summary>Looks, and writes the other slot. Activation stays with the operator.</summary>
    Prepare,
}

/// <summary>How the reads and writes of a prepare stand beside those of the host's own work (ioprio_set(2); schedulers that know no priorities ignore it).</summary>
public enum InputOutputPriority
{
    Normal,

    /// <summary>Best effort, the last of its eight levels.</summary>
    Low,

    /// <summary>Only when nobody else wants the disk.</summary>
    Idle,
}

/// <summary>The configuration of a host, complete and checked (docs/formats/configuration.md).</summary>
public sealed record HostConfig
{
    public required Uri MetadataUrl { get; init; }

    public required Uri TargetsUrl { get; init; }

    /// <summary>Other places of the same repository, in the order in which they are asked when the main one does not do.</summary>
    public IReadOnlyList<RepositoryMirror> Mirrors { get; init; } = [];

    public HttpProxy Proxy { get; init; } = HttpProxy.FromEnvironment;

    /// <summary>A PEM file of the only authorities that a https:// server may be certified by, as the host sees it; null: the system's.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Name of the TUF target that is the manifest.</summary>
    public required string Manifest { get; init; }

    /// <summary>The disk with the slots: a device, or an image file below the root directory. As the host sees it.</summary>
    public required string Disk { get; init; }

    /// <summary>Overrides VARIANT_ID of the running system's os-release.</summary>
    public string? Variant { get; init; }

    /// <summary>In the kernel's words: x86_64, aarch64. Default: the machine's.</summary>
    public required string Arch { get; init; }

    /// <summary>The host's place in waves, 0..2047; null: the seed file's.</summary>
    public int? Seed { get; init; }

    public Automation Automation { get; init; } = Automation.Prepare;

    /// <summary>Between two looks at the repository; 1 second to 30 days.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Boots that a new release gets to become healthy, 1..15.</summary>
    public int TrialTries { get; init; } = 3;

    /// <summary>For all health checks of a boot together; 1 second to 1 day.</summary>
    public TimeSpan HealthDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For one health check that names no timeout of its own.</summary>
    public TimeSpan HealthCheckTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Paths of the host, and the bytes that must be free on the file system of each for the health gate to pass.</summary>
    public IReadOnlyDictionary<string, long> HealthFreeSpace { get; init; } = new Dictionary<string, long>();

    /// <summary>Units of systemd that must run, and stay up, for the health gate to pass.</summary>
    public IReadOnlyList<string> HealthServices { get; init; } = [];

    /// <summary>The gate looks whether the repository answers; whatever it says, nothing but a remark comes of it.</summary>
    public bool HealthRepository { get; init; } = true;

    /// <summary>How long a release stays denied after a failure that was not its image's fault.</summary>
    public TimeSpan DenyBackOff { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Boots that a slot with a good verdict gets each time it has been stable, 1..15, while the other slot is a way back; null: a good slot is good for ever.</summary>
    public int? GuardTries { get; init; }

    /// <summary>A watchdog that the boot selector or the initramfs armed, which a verdict disarms; null: none.</summary>
    public string? Watchdog { get; init; }

    /// <summary>A transfer that brings no byte for so long, or less than 16 KiB in ten times as long, has stalled; there is no limit on the whole.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of images that are fetched in a second, at least 1 KiB; null: as many as come.</summary>
    public long? Bandwidth { get; init; }

    public InputOutputPriority InputOutputPriority { get; init; }
}

/// <summary>One configuration file as it is written; every field may be absent.</summary>
internal sealed record ConfigDocument
{
    public RepositorySection? Repository { get; init; }
    public string? Proxy { get; init; }
    public string? CertificateAuthorities { get; init; }
    public string? Manifest { get; init; }
    public string? Disk { get; init; }
    public string? Variant { get; init; }
    public string? Arch { get; init; }
    public int? Seed { get; init; }
    public string? Automation { get; init; }
    public string? CheckInterval { get; init; }
    public int? TrialTries { get; init; }
    public string? HealthDeadline { get; init; }
    public string? HealthCheckTimeout { get; init; }
    public Dictionary<string, string?>? HealthFreeSpace { get; init; }
    public string?[]? HealthServices { get; init; }
    public bool? HealthRepository { get; init; }
    public string? DenyBackOff { get; init; }
    public int? GuardTries { get; init; }
    public string? Watchdog { get; init; }
    public string? StallTimeout { get; init; }
    public string? Bandwidth { get; init; }
    public string? IoPriority { get; init; }
}

internal sealed record RepositorySection
{
    public string? MetadataUrl { get; init; }
    public string? TargetsUrl { get; init; }
    public MirrorSection?[]? Mirrors { get; init; }
}

internal sealed record MirrorSection
{
    public string? MetadataUrl { get; init; }
    public string? TargetsUrl { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16
)]
[JsonSerializable(typeof(ConfigDocument))]
internal sealed partial class ConfigJson : JsonSerializerContext;
