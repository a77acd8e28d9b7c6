namespace UpdateEngine.State;

/// <summary>Where everything of a host lies. Every path is below <paramref name="Root"/>: "/" on a real host, any directory otherwise.</summary>
public sealed record HostPaths(string Root)
{
    /// <summary>Whether this is a directory that plays a host (its disk is an image file), not the machine itself.</summary>
    public bool IsSandbox => Root != "/";

    public string Config => Of("etc/update-engine/config.json");
    public string ConfigDirectory => Of("etc/update-engine/config.d");
    public string TrustAnchor => Of("usr/share/update-engine/root.json");
    public string MachineId => Of("etc/machine-id");

    public string State => Of("var/lib/update-engine");
    public string TrustedMetadata => Of("var/lib/update-engine/tuf");
    public string Journal => Of("var/lib/update-engine/journal.json");
    public string History => Of("var/lib/update-engine/history.jsonl");
    public string Denied => Of("var/lib/update-engine/denied.json");
    public string Seed => Of("var/lib/update-engine/seed");
    public string LastCheck => Of("var/lib/update-engine/last-check.json");

    public string Runtime => Of("run/update-engine");
    public string Lock => Of("run/update-engine/lock");
    public string DaemonLock => Of("run/update-engine/daemon.lock");
    public string CancelRequest => Of("run/update-engine/cancel");
    public string Socket => Of("run/update-engine/api.sock");

    /// <summary>Stands for the kernel command line and the mounted root of a sandbox; written by boot-selector.</summary>
    public string Booted => Of("run/update-engine/booted");

    /// <summary>Health checks: our own directories, the image's, and greenboot's with its names.</summary>
    public IReadOnlyList<(string Directory, bool Required)> HealthChecks =>
        [
            (Of("etc/update-engine/health.d/required"), true),
            (Of("usr/lib/update-engine/health.d/required"), true),
            (Of("etc/greenboot/check/required.d"), true),
            (Of("etc/update-engine/health.d/wanted"), false),
            (Of("usr/lib/update-engine/health.d/wanted"), false),
            (Of("etc/greenboot/check/wanted.d"), false),
        ];

    /// <summary>A path of the host as this process sees it.</summary>
    public string Of(string path) => Path.Combine(Root, path.TrimStart('/'));
}
