using UpdateEngine.Tuf;

namespace RepoTools;

/// <summary>What the TUF library refuses, told of a file that the sentence names already.</summary>
internal static class TufFaults
{
    /// <summary>Without a full stop: "it is empty, where JSON is expected".</summary>
    public static string Why(TufException refused) =>
        (refused is MetadataMalformedException malformed ? malformed.Detail : refused.Message).TrimEnd('.');
}
