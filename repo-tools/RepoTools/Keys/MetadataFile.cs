using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>A metadata file of whichever role, for what is done to all of them alike.</summary>
internal static class MetadataFile
{
    public static MetadataDocument Read(string path)
    {
        var bytes = Files.Read(path, new TufLimits().TargetsLength, "Give a metadata file, such as root.json.");
        try
        {
            return MetadataDocument.Parse(bytes);
        }
        catch (TufException e)
        {
            throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"{path} is not usable metadata: {e.Message.TrimEnd('.')}.",
                "Give a metadata file, such as root.json.",
                e
            );
        }
    }
}
