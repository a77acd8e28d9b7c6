using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>A targets role as it is published: the bytes, and what they say.</summary>
internal sealed record PublishedRole(byte[] Bytes, Envelope Envelope, TargetsMetadata Metadata);

/// <summary>
/// The targets roles of a repository, each read when it is asked for, so that the work follows what is changed and not what is there. Every one is
/// the file that the snapshot names; whose keys must have signed it depends on who delegates to it, and is asked elsewhere.
/// </summary>
internal sealed class PublishedRoles(Workspace workspace, Published now)
{
    private const string Suffix = ".json";

    private readonly Dictionary<string, PublishedRole?> _read = new(StringComparer.Ordinal);

    private readonly IReadOnlyDictionary<string, MetaFile> _meta = now.Snapshot is null
        ? new Dictionary<string, MetaFile>(StringComparer.Ordinal)
        : SnapshotMetadata.Parse(Published.View(now.Snapshot)).Meta;

    /// <summary>0 when the role was never published. A role that nobody delegates to any more still has one.</summary>
    public long VersionOf(string role) => _meta.TryGetValue(FileOf(role), out var file) ? file.Version : 0;

    /// <summary>Null when the role was never published.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.RepositoryInvalid"/> when it is not what the snapshot names.</exception>
    public PublishedRole? Find(string role)
    {
        if (!_read.TryGetValue(role, out var known))
        {
            known = Read(role);
            _read[role] = known;
        }

        return known;
    }

    public static string FileOf(string role) => role + Suffix;

    /// <param name="file">A name in a snapshot.</param>
    public static string RoleOf(string file) =>
        file.EndsWith(Suffix, StringComparison.Ordinal) ? file[..^Suffix.Length] : file;

    private PublishedRole? Read(string role)
    {
        if (!_meta.TryGetValue(FileOf(role), out var file))
        {
            return null;
        }

        var path = workspace.Versioned(role, file.Version);
        // What the snapshot promises is what a client would read, too. Unless the publisher vouches for what lies there: see Published.RequireSigned.
        var isVouchedFor = now.AcceptsFormerKeys && role is Roles.Targets;
        var limit = isVouchedFor ? null : file.Length;
        var bytes = Files.Read(path, limit ?? new TufLimits().TargetsLength, Published.Damaged);
        try
        {
            if (!isVouchedFor)
            {
                file.Verify(role, bytes);
            }

            var envelope = Envelope.Parse(role, bytes);
            return new PublishedRole(bytes, envelope, TargetsMetadata.Parse(envelope, role));
        }
        catch (TufException e)
        {
            throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"{path} can't be used: {e.Message.TrimEnd('.')}.",
                Published.Damaged,
                e
            );
        }
    }
}
