using RepoTools.Keys;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>A role that lacks signatures, and where they are to be added.</summary>
/// <param name="File">The document; `signature attach` adds to it.</param>
/// <param name="Payload">The bytes to sign.</param>
internal sealed record WaitingRole(
    string Role,
    long Version,
    string File,
    string Payload,
    int Signatures,
    long Threshold
);

/// <summary>
/// Documents of a publication whose signatures are made elsewhere: written to a directory while they lack some, and taken from there again once
/// they have them. What the next publication would not say today is not taken, however well it is signed.
/// </summary>
/// <param name="directory">Made when it is needed.</param>
/// <param name="now">What has expired by then is begun anew.</param>
internal sealed class OfflineSignatures(string directory, DateTimeOffset now)
{
    private readonly Dictionary<string, MetadataDocument> _documents = new(StringComparer.Ordinal);

    /// <summary>The first role that lacks signatures; those after it name its file, and must wait too. Null when all are complete.</summary>
    public WaitingRole? Waiting { get; private set; }

    /// <summary>The document of an earlier run with its signatures, where nothing but its expiry differs; or else the new one.</summary>
    public MetadataDocument Resume(string role, MetadataDocument document)
    {
        var path = FileOf(role, document.Version);
        if (File.Exists(path) && MetadataFile.Read(path) is var earlier && IsSame(earlier, document))
        {
            document = earlier;
        }
        else
        {
            document.ClearSignatures();
        }

        _documents[path] = document;
        return document;
    }

    public void Wait(string role, MetadataDocument document, int signatures, long threshold)
    {
        var path = FileOf(role, document.Version);
        if (Waiting is not null && Waiting.Role != role)
        {
            return;
        }

        Waiting = new WaitingRole(role, document.Version, path, PayloadOf(path), signatures, threshold);
    }

    /// <summary>Writes the documents down, so that the next run finds what was signed.</summary>
    public void Save()
    {
        foreach (var (path, document) in _documents)
        {
            Files.Rewrite(path, document.ToBytes());
            Files.Rewrite(PayloadOf(path), document.ToSignedPayload());
        }
    }

    /// <summary>Once everything is published.</summary>
    public void Clear()
    {
        foreach (var path in _documents.Keys)
        {
            UpdateEngine.Tuf.Client.DurableFile.Delete(path);
            UpdateEngine.Tuf.Client.DurableFile.Delete(PayloadOf(path));
        }
    }

    private bool IsSame(MetadataDocument earlier, MetadataDocument document)
    {
        if (earlier.Expires <= now)
        {
            return false;
        }

        var asBefore = Publication.Copy(document)!;
        asBefore.SetExpires(earlier.Expires);
        return TrustedChain.AreSame(asBefore, earlier);
    }

    private string FileOf(string role, long version) => Path.Combine(directory, Workspace.FileOf(role, version));

    private static string PayloadOf(string path) => Path.ChangeExtension(path, ".payload");
}
