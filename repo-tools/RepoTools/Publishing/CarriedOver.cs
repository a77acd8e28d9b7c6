using System.Security.Cryptography;
using System.Text.Json;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>
/// What was published, and verified, at the moment when a new root took its keys away: role to SHA-256 of the signed part. The next publish builds
/// on these very documents and signs them with the new keys. Anything else that only the old keys have signed is refused: they may be the reason
/// why there is a new root.
/// </summary>
internal static class CarriedOver
{
    private const int MaxBytes = 64 * 1024;

    public static void Write(Workspace workspace, Published now) => Write(workspace, now.Documents);

    public static void Write(Workspace workspace, IEnumerable<(string Role, MetadataDocument Document)> documents)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (role, document) in documents)
        {
            digests[role] = DigestOf(document);
        }

        Files.Write(
            workspace.Carried,
            JsonSerializer.SerializeToUtf8Bytes(digests, WorkspaceJson.Default.SortedDictionaryStringString)
        );
    }

    public static IReadOnlyDictionary<string, string> Read(Workspace workspace)
    {
        if (!File.Exists(workspace.Carried))
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        try
        {
            var bytes = Files.Read(workspace.Carried, MaxBytes, "Run this again.");
            return JsonSerializer.Deserialize(bytes, WorkspaceJson.Default.SortedDictionaryStringString)
                ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new UpdateException(
                ErrorCodes.StateCorrupt,
                $"{workspace.Carried} can't be used: it is not what repo-tools wrote.",
                "Delete it, and run `repo-tools publish` with --accept-former-keys.",
                e
            );
        }
    }

    /// <summary>Once everything is signed by the keys of the newest root.</summary>
    public static void Clear(Workspace workspace) => UpdateEngine.Tuf.Client.DurableFile.Delete(workspace.Carried);

    public static string DigestOf(MetadataDocument document) =>
        Convert.ToHexStringLower(SHA256.HashData(document.ToSignedPayload()));
}
