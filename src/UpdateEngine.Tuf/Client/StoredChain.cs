using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// The cached chain of roots. It is walked from the trust anchor at every start with the same rules as if it came from the network;
/// lying on the disk earns no trust.
/// </summary>
internal sealed class StoredChain(MetadataStore store, TufLimits limits)
{
    private readonly HashSet<long> _reported = [];

    /// <summary>Goes on from the session's root as far as the store allows; a file that does not verify ends the walk.</summary>
    /// <param name="session">Its root moves on.</param>
    /// <param name="current">The bytes of the session's root.</param>
    /// <param name="warnings">Gets a line for a damaged file, once.</param>
    /// <returns>The bytes of the last root.</returns>
    public ReadOnlyMemory<byte> Walk(TrustedMetadata session, ReadOnlyMemory<byte> current, List<string> warnings)
    {
        while (true)
        {
            var version = session.Root.Version + 1;
            try
            {
                if (store.ReadRoot(version, limits.RootLength) is not { } bytes)
                {
                    return current;
                }

                session.AddRoot(bytes);
                current = bytes;
            }
            catch (TufException error) when (error is not (StoreFailedException or CryptographyUnavailableException))
            {
                if (_reported.Add(version))
                {
                    warnings.Add(
                        $"store: '{store.PathOfRoot(version)}' is damaged and was asked for again ({error.Message})"
                    );
                }

                return current;
            }
        }
    }

    /// <summary>A host that has seen root N never goes back behind it, even if the files in between are lost.</summary>
    /// <exception cref="StoreCorruptException">The history holds a later root that cannot be reached.</exception>
    public void RequireComplete(TrustedMetadata session)
    {
        var highest = store.HighestRoot();
        if (session.Root.Version >= highest)
        {
            return;
        }

        var path = store.PathOfRoot(highest);
        throw new StoreCorruptException(
            path,
            $"'{path}' says that root version {highest} was trusted here, but the chain ends at version {session.Root.Version}; "
                + "remove the file only if you know that it never was."
        );
    }
}
