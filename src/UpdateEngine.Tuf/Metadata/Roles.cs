namespace UpdateEngine.Tuf.Metadata;

/// <summary>The names of the top-level roles.</summary>
public static class Roles
{
    public const string Root = "root";
    public const string Timestamp = "timestamp";
    public const string Snapshot = "snapshot";
    public const string Targets = "targets";
}
