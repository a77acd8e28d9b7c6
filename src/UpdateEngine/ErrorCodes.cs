namespace UpdateEngine;

/// <summary>Exit codes of every program of the engine (after BSD's sysexits). A class of causes each; the cause itself is the <see cref="ErrorCode"/>.</summary>
public enum ExitCode
{
    Done = 0,
    Unexpected = 1,
    Usage = 64,
    Verification = 65,
    NotFound = 66,
    Network = 69,
    Disk = 73,
    Health = 74,
    Busy = 75,
    NotAllowed = 76,
    NothingToDo = 77,
    Configuration = 78,

    /// <summary>A command that looks for something has found it: a role that expires soon, a difference, a finding.</summary>
    Found = 79,
    Interrupted = 130,
    Terminated = 143,
}

/// <summary>One cause of an error: a stable name (metric label, JSON field, heading in docs/errors.md) and the exit code of its class.</summary>
public sealed record ErrorCode(string Name, ExitCode Exit);

/// <summary>Every cause that the engine knows. docs/errors.md has a line for each; a test compares the two.</summary>
public static class ErrorCodes
{
    // The command line.
    public static readonly ErrorCode Unexpected = new("unexpected", ExitCode.Unexpected);
    public static readonly ErrorCode Usage = new("usage", ExitCode.Usage);
    public static readonly ErrorCode NoPermission = new("no-permission", ExitCode.Disk);
    public static readonly ErrorCode InputOutput = new("input-output", ExitCode.Disk);

    public static readonly ErrorCode Busy = new("busy", ExitCode.Busy);
    public static readonly ErrorCode Interrupted = new("interrupted", ExitCode.Interrupted);
    public static readonly ErrorCode Cancelled = new("cancelled", ExitCode.Interrupted);

    // Releases: what the publisher offers.
    public static readonly ErrorCode ManifestInvalid = new("manifest-invalid", ExitCode.Verification);
    public static readonly ErrorCode ManifestMissing = new("manifest-missing", ExitCode.NotFound);
    public static readonly ErrorCode ImageMissing = new("image-missing", ExitCode.NotFound);

    public static readonly ErrorCode NothingToDo = new("nothing-to-do", ExitCode.NothingToDo);
    public static readonly ErrorCode VersionNotFound = new("version-not-found", ExitCode.NotFound);
    public static readonly ErrorCode ReleaseDenied = new("release-denied", ExitCode.NotAllowed);
    public static readonly ErrorCode ReleaseRecalled = new("release-recalled", ExitCode.NotAllowed);

    // Images: from a verified stream to the slot.
    public static readonly ErrorCode ImageCorrupt = new("image-corrupt", ExitCode.Verification);

    // Health: the verdict on a boot.
    public static readonly ErrorCode HealthFailed = new("health-failed", ExitCode.Health);
    public static readonly ErrorCode TriesUsedUp = new("tries-used-up", ExitCode.Health);
    public static readonly ErrorCode NoVerdict = new("no-verdict", ExitCode.NotAllowed);
    public static readonly ErrorCode RebootFailed = new("reboot-failed", ExitCode.Unexpected);

    // State: what is kept beside the slots.
    public static readonly ErrorCode StateWriteFailed = new("state-write-failed", ExitCode.Disk);
    public static readonly ErrorCode StateCorrupt = new("state-corrupt", ExitCode.Disk);

    // Configuration.
    public static readonly ErrorCode ConfigurationInvalid = new("configuration-invalid", ExitCode.Configuration);

    // Disks: the table, the slots, the medium.
    public static readonly ErrorCode DiskUnreadable = new("disk-unreadable", ExitCode.Disk);
    public static readonly ErrorCode DiskWriteFailed = new("disk-write-failed", ExitCode.Disk);
    public static readonly ErrorCode DiskNoTable = new("disk-no-table", ExitCode.Disk);
    public static readonly ErrorCode DiskNoSlots = new("disk-no-slots", ExitCode.Disk);
    public static readonly ErrorCode DiskTableChanged = new("disk-table-changed", ExitCode.Disk);
    public static readonly ErrorCode DiskTooSmall = new("disk-too-small", ExitCode.Disk);
    public static readonly ErrorCode DiskBusy = new("disk-busy", ExitCode.Busy);
    public static readonly ErrorCode SlotTooSmall = new("slot-too-small", ExitCode.Disk);
    public static readonly ErrorCode ReadBackMismatch = new("read-back-mismatch", ExitCode.Disk);

    // Boot: what the flags allow.
    public static readonly ErrorCode StepNotAllowed = new("step-not-allowed", ExitCode.NotAllowed);
    public static readonly ErrorCode SlotNotLoadable = new("slot-not-loadable", ExitCode.Disk);
    public static readonly ErrorCode NothingBootable = new("nothing-bootable", ExitCode.Disk);
    public static readonly ErrorCode RunningSlotUnknown = new("running-slot-unknown", ExitCode.NotAllowed);
    public static readonly ErrorCode RunningSlotWrite = new("running-slot-write", ExitCode.NotAllowed);

    // Publishing: what repo-tools refuses.
    public static readonly ErrorCode AlreadyExists = new("already-exists", ExitCode.NotAllowed);
    public static readonly ErrorCode FileMissing = new("file-missing", ExitCode.NotFound);
    public static readonly ErrorCode FileTooLong = new("file-too-long", ExitCode.Verification);
    public static readonly ErrorCode KeyUnusable = new("key-unusable", ExitCode.Verification);
    public static readonly ErrorCode TestKey = new("test-key", ExitCode.NotAllowed);
    public static readonly ErrorCode SignaturesMissing = new("signatures-missing", ExitCode.Verification);
    public static readonly ErrorCode SignatureInvalid = new("signature-invalid", ExitCode.Verification);
    public static readonly ErrorCode RootUnsafe = new("root-unsafe", ExitCode.NotAllowed);
    public static readonly ErrorCode RootUntrusted = new("root-untrusted", ExitCode.Verification);
    public static readonly ErrorCode TrustMissing = new("trust-missing", ExitCode.Configuration);
    public static readonly ErrorCode RepositoryMissing = new("repository-missing", ExitCode.NotFound);
    public static readonly ErrorCode RepositoryInvalid = new("repository-invalid", ExitCode.Verification);
    public static readonly ErrorCode ReleaseMissing = new("release-missing", ExitCode.NotFound);
    public static readonly ErrorCode RoleMissing = new("role-missing", ExitCode.NotFound);
    public static readonly ErrorCode TargetMissing = new("target-missing", ExitCode.NotFound);
    public static readonly ErrorCode TargetUnreachable = new("target-unreachable", ExitCode.NotAllowed);
    public static readonly ErrorCode DestinationAhead = new("destination-ahead", ExitCode.NotAllowed);
    public static readonly ErrorCode StoreRefused = new("store-refused", ExitCode.Network);
    public static readonly ErrorCode StoreMismatch = new("store-mismatch", ExitCode.Verification);
    public static readonly ErrorCode PublisherBusy = new("publisher-busy", ExitCode.Busy);
    public static readonly ErrorCode ListenFailed = new("listen-failed", ExitCode.Network);
    public static readonly ErrorCode FormatFailed = new("format-failed", ExitCode.Disk);
}
