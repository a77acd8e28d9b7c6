using System.Collections;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>A private key that can sign.</summary>
/// <param name="File">Where it came from, as the command line named it: for messages.</param>
/// <param name="Signer">What signs.</param>
/// <param name="IsTest">Made with `key generate --test`.</param>
internal sealed record SigningKey(string File, ISigner Signer, bool IsTest = false) : IDisposable
{
    public string KeyId { get; } = Signer.PublicKey.ComputeKeyId();

    public void Dispose() => (Signer as IDisposable)?.Dispose();
}

/// <summary>The one place where keys are opened, for every command. Disposing of it forgets secrets and leaves tokens.</summary>
internal sealed class SigningKeys : IReadOnlyList<SigningKey>, IDisposable
{
    private readonly List<SigningKey> _keys = [];

    private SigningKeys() { }

    public int Count => _keys.Count;

    public SigningKey this[int index] => _keys[index];

    /// <param name="texts">Each in a form that <see cref="SigningKeySource"/> knows.</param>
    /// <param name="access">How to get at them.</param>
    public static SigningKeys Open(IEnumerable<string> texts, KeyAccess access)
    {
        var keys = new SigningKeys();
        try
        {
            foreach (var text in texts)
            {
                var key = SigningKeySource.Parse(text).Open(access);
                keys._keys.Add(key);
                RefuseTestKey(key.File, key.IsTest, access);
            }

            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>A key that is to be trusted for a role.</summary>
    public static PublicKey ReadPublic(string text, KeyAccess access)
    {
        var found = SigningKeySource.Parse(text).ReadPublic(access);
        RefuseTestKey(text, found.IsTest, access);
        return found.Key;
    }

    public IEnumerator<SigningKey> GetEnumerator() => _keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        // The first one last: it opened what the others share.
        for (var i = _keys.Count - 1; i >= 0; i--)
        {
            _keys[i].Dispose();
        }
    }

    // Trials outlive their day: such a key in the root of a real repository is found by those who look for it.
    private static void RefuseTestKey(string name, bool isTest, KeyAccess access)
    {
        if (isTest && !access.AllowTestKeys)
        {
            throw new UpdateException(
                ErrorCodes.TestKey,
                $"{name} is marked as a test key, and hosts must not trust those.",
                "Give a real key, or --allow-test-keys for a trial."
            );
        }
    }
}
