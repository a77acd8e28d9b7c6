namespace UpdateEngine.Tuf.Metadata;

/// <summary>Which keys sign a role, and how many must.</summary>
/// <param name="KeyIds">No duplicates; some may have no key.</param>
/// <param name="Threshold">At least 1.</param>
public sealed record RoleKeys(IReadOnlySet<string> KeyIds, long Threshold)
{
    /// <summary>
    /// Valid signatures by distinct public keys. A key listed under two ids counts once, and a signature under an id that the role
    /// does not name costs nothing (CVE-2020-6173).
    /// </summary>
    public int CountValid(Envelope envelope, IReadOnlyDictionary<string, PublicKey> keys)
    {
        var counted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var signature in envelope.Signatures)
        {
            if (!KeyIds.Contains(signature.KeyId) || !keys.TryGetValue(signature.KeyId, out var key))
            {
                continue;
            }

            if (!counted.Contains(key.Identity) && key.Verify(envelope.Canonical.Span, signature.Bytes()))
            {
                counted.Add(key.Identity);
            }
        }

        return counted.Count;
    }

    /// <exception cref="ThresholdException">Too few of the keys have signed.</exception>
    internal void RequireThreshold(
        string role,
        Envelope envelope,
        IReadOnlyDictionary<string, PublicKey> keys,
        string delegator
    )
    {
        var valid = CountValid(envelope, keys);
        if (valid < Threshold)
        {
            throw new ThresholdException(role, delegator, valid, Threshold);
        }
    }

    internal static RoleKeys Read(ref FieldReader json, string role)
    {
        var keys = new RoleKeysReader();
        var what = $"the role '{role}'";
        json.ReadObject(what);
        while (json.NextField(out var name))
        {
            if (!keys.TryRead(name, ref json, what))
            {
                json.Skip();
            }
        }

        return keys.Complete(what);
    }
}
