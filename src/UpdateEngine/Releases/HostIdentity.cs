namespace UpdateEngine.Releases;

/// <summary>What the choice of a release needs to know of a host.</summary>
/// <param name="Variant">As in the running system's os-release (VARIANT_ID).</param>
/// <param name="Arch">The machine's, in the kernel's words: x86_64, aarch64.</param>
/// <param name="Version">Of the running slot; null when it could not be found out.</param>
/// <param name="Seed">The host's place in waves, 0..2047.</param>
public sealed record HostIdentity(string Variant, string Arch, SemanticVersion? Version, int Seed);
