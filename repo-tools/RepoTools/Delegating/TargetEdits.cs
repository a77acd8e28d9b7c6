using System.Security.Cryptography;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <summary>Changes to targets that belong to no release, in the draft.</summary>
internal sealed class TargetEdits
{
    private const int BufferBytes = 1 << 20;

    private readonly Workspace _workspace;
    private readonly RoleView _view;
    private readonly TargetPlaces _places;
    private readonly HashSet<string> _ofReleases;

    /// <param name="workspace">Where the files go.</param>
    /// <param name="view">The targets roles.</param>
    /// <param name="releases">The draft of the releases: their manifest and images are not for these edits.</param>
    public TargetEdits(Workspace workspace, RoleView view, Draft releases)
    {
        _workspace = workspace;
        _view = view;
        _places = new TargetPlaces(view);
        _ofReleases = Publisher.Names(releases.Manifest);
        _ofReleases.Add(Manifest.DefaultTargetName);
    }

    /// <summary>Files are measured, not copied.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Where a target goes.</summary>
    /// <param name="name">The target.</param>
    /// <param name="role">Where it is to go; null for where the delegations lead.</param>
    /// <exception cref="UpdateException">No client would find it there, or it belongs to a release.</exception>
    public string Place(TargetName name, string? role)
    {
        RequireFree(name);
        if (role is null)
        {
            return _places.Find(name);
        }

        _places.Require(name, role);
        return role;
    }

    /// <summary>Copies a file into the draft, flushed, and measures what was copied.</summary>
    public DraftTarget Stage(string file, TargetName name)
    {
        using var from = Files.Open(file, "Check the path.");
        if (IsDryRun)
        {
            return Copy(from, Stream.Null);
        }

        Directory.CreateDirectory(_workspace.DraftTargets);
        var temporary = Path.Combine(_workspace.DraftTargets, Path.GetRandomFileName());
        try
        {
            DraftTarget copied;
            using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                copied = Copy(from, to);
                to.Flush(flushToDisk: true);
            }

            var path = _workspace.DraftTarget(name.Value, copied.Sha256);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Files.MoveFlushed(temporary, path);
            return copied;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static DraftTarget Copy(Stream from, Stream to)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        var length = 0L;
        for (int count; (count = from.Read(buffer)) > 0; length += count)
        {
            hash.AppendData(buffer, 0, count);
            to.Write(buffer, 0, count);
        }

        return new DraftTarget(length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public void Set(string role, TargetName name, DraftTarget target) =>
        _view.Draft.ChangesOf(role)[name.Value] = target;

    /// <param name="name">The target.</param>
    /// <param name="role">Who lists it; null for the one that a client finds.</param>
    /// <returns>The role.</returns>
    public string Remove(TargetName name, string? role)
    {
        role ??= _places.Owner(name);
        if (role is null || !_view.Lists(role, name.Value))
        {
            throw new UpdateException(
                ErrorCodes.TargetMissing,
                $"{role ?? "No role"} has {(role is null ? "a" : "no")} target {name}.",
                "See `repo-tools target list` for those that are there."
            );
        }

        if (role == Roles.Targets)
        {
            RequireFree(name);
        }

        // Gone from what is published, too; where it was only in the draft this is a change without effect.
        _view.Draft.ChangesOf(role)[name.Value] = null;
        return role;
    }

    public void Save() => _view.Draft.Save();

    private void RequireFree(TargetName name)
    {
        if (_ofReleases.Contains(name.Value))
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{name} belongs to a release.",
                "Change it with `repo-tools release`."
            );
        }
    }
}
