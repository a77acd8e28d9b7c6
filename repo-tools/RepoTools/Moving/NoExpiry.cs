namespace RepoTools.Moving;

/// <summary>A clock at which nothing has expired: for a repository whose publisher takes over what is there, however long it was left alone.</summary>
internal sealed class NoExpiry : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.MinValue;
}
