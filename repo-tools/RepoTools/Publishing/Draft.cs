using System.Text.Json;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Publishing;

/// <summary>A file that waits to be published, or that is published: length in bytes and SHA-256 in lower-case hexadecimal.</summary>
internal sealed record DraftFile(long Length, string Sha256);

/// <summary>
/// What the next publish will offer: the manifest, and the new files beside it. It begins as a copy of what is published. Nothing of it is
/// served. The caller holds the <see cref="PublisherLock"/>.
/// </summary>
internal sealed class Draft
{
    private const int MaxFilesBytes = 16 * 1024 * 1024;

    private readonly Workspace _workspace;

    private Draft(Workspace workspace, Manifest manifest, SortedDictionary<string, DraftFile> files, bool isChanged)
    {
        _workspace = workspace;
        Manifest = manifest;
        Files = files;
        IsChanged = isChanged;
    }

    public Manifest Manifest { get; private set; }

    /// <summary>New files by target name; they lie in the draft directory until a publish moves them.</summary>
    public SortedDictionary<string, DraftFile> Files { get; }

    /// <summary>False when there is nothing that is not published.</summary>
    public bool IsChanged { get; }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.RepositoryInvalid"/> when what is published is not what was signed.</exception>
    public static Draft Open(Workspace workspace, Published published)
    {
        published.RequireSigned();
        var changed = File.Exists(workspace.DraftManifest);
        var manifest = changed
            ? Manifest.Parse(RepoTools.Files.Read(workspace.DraftManifest, Manifest.MaxBytes, "Run this again."))
            : published.ReadManifest(workspace);
        return new Draft(workspace, manifest, FilesOf(workspace), changed);
    }

    /// <summary>What would not be accepted from the network is not written either.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ManifestInvalid"/>.</exception>
    public static Manifest Accepted(Manifest manifest) => Manifest.Parse(manifest.ToBytes());

    /// <summary>Replaces the manifest; the files first, so that a manifest never names a file that nobody knows.</summary>
    public void Save(Manifest manifest)
    {
        Manifest = Accepted(manifest);
        RepoTools.Files.Write(
            _workspace.DraftFiles,
            JsonSerializer.SerializeToUtf8Bytes(Files, WorkspaceJson.Default.SortedDictionaryStringDraftFile)
        );
        RepoTools.Files.Write(_workspace.DraftManifest, Manifest.ToBytes());
    }

    /// <summary>After a publish: the draft is what is published. The manifest goes first; leftover files without it are only garbage.</summary>
    public void Clear()
    {
        foreach (var path in (string[])[_workspace.DraftManifest, _workspace.DraftFiles])
        {
            if (File.Exists(path))
            {
                DurableFile.Delete(path);
            }
        }
        if (!Directory.Exists(_workspace.Draft))
        {
            return;
        }

        foreach (var leftover in Directory.EnumerateFiles(_workspace.Draft))
        {
            File.Delete(leftover);
        }
    }

    /// <summary>The new files alone: what is published need not be usable for them.</summary>
    public static SortedDictionary<string, DraftFile> FilesOf(Workspace workspace)
    {
        var files = new SortedDictionary<string, DraftFile>(StringComparer.Ordinal);
        if (!File.Exists(workspace.DraftFiles))
        {
            return files;
        }

        try
        {
            var json = RepoTools.Files.Read(workspace.DraftFiles, MaxFilesBytes, "Run this again.");
            foreach (
                var (name, file) in JsonSerializer.Deserialize(
                    json,
                    WorkspaceJson.Default.SortedDictionaryStringDraftFile
                ) ?? []
            )
            {
                files[name] = file;
            }

            return files;
        }
        catch (JsonException e)
        {
            throw new UpdateException(
                ErrorCodes.StateCorrupt,
                $"{workspace.DraftFiles} can't be used: it is not what repo-tools wrote.",
                $"Delete the directory {workspace.Draft} and add the releases again.",
                e
            );
        }
    }
}
