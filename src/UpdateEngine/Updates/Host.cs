using UpdateEngine.Configuration;
using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

/// <summary>A host as its operations see it: where things lie, how it is configured, what it remembers. Opening it writes nothing.</summary>
public sealed class Host
{
    private readonly Func<BlockDevice, IBlockDevice> _medium;

    private Host(HostPaths paths, HostConfig config, TimeProvider time, Func<BlockDevice, IBlockDevice> medium)
    {
        (Paths, Config, Time, _medium) = (paths, config, time, medium);
        Journal = new Journal(paths.Journal);
        History = new History(paths.History);
        DenyList = new DenyList(paths.Denied);
        LastCheck = new LastCheckFile(paths.LastCheck);
    }

    public HostPaths Paths { get; }
    public HostConfig Config { get; }
    public TimeProvider Time { get; }
    public Journal Journal { get; }
    public History History { get; }
    public DenyList DenyList { get; }
    public LastCheckFile LastCheck { get; }

    public string DiskPath => Paths.Of(Config.Disk);

    /// <param name="root">"/" on a real host; any directory otherwise.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ConfigurationInvalid"/>.</exception>
    public static Host Open(string root, TimeProvider time) => Open(root, time, disk => disk);

    /// <param name="medium">What the engine reads and writes instead of the disk itself, such as one that records.</param>
    internal static Host Open(string root, TimeProvider time, Func<BlockDevice, IBlockDevice> medium)
    {
        var full = root.Length == 0 ? "" : Path.GetFullPath(root);
        if (!Directory.Exists(full))
        {
            throw new UpdateException(
                ErrorCodes.ConfigurationInvalid,
                $"\"{full}\" is not a directory.",
                "Name the directory of the host with --root; `repo-tools host create` makes one."
            );
        }

        var paths = new HostPaths(full);
        return new Host(paths, ConfigReader.Read(paths), time, medium);
    }

    /// <summary>Who this host is for the choice of a release.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ConfigurationInvalid"/> when nobody says which variant runs here.</exception>
    public HostIdentity Identity(RunningSystem running)
    {
        var variant =
            Config.Variant
            ?? running.Variant
            ?? throw new UpdateException(
                ErrorCodes.ConfigurationInvalid,
                "It is not known which variant runs here: the running system's os-release has no VARIANT_ID, and the configuration no \"variant\".",
                $"Add \"variant\" to {Paths.Config}."
            );
        var seed = Config.Seed ?? HostSeed.LoadOrDraw(Paths.Seed, Paths.MachineId);
        return new HostIdentity(variant, Config.Arch, running.Version, seed);
    }

    internal void Remember(
        string what,
        string? slot,
        string? version,
        string text,
        ErrorCode? code = null,
        string? evidence = null
    ) => History.Append(new HistoryEntry(Time.GetUtcNow(), what, slot, version, code?.Name, text, evidence));

    internal IBlockDevice Medium(BlockDevice disk) => _medium(disk);

    internal DateTimeOffset Now => Time.GetUtcNow();
}
