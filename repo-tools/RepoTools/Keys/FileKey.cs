namespace RepoTools.Keys;

/// <summary>A key in a PEM file.</summary>
internal sealed class FileKey(string path) : SigningKeySource
{
    public override SigningKey Open(KeyAccess access)
    {
        var pem = KeyFiles.Read(path);
        return new SigningKey(path, pem.ReadPrivate(access.Passphrases), pem.IsTest);
    }

    public override FoundKey ReadPublic(KeyAccess access)
    {
        var pem = KeyFiles.Read(path);
        return new FoundKey(pem.ReadPublic(access.Passphrases), pem.IsTest);
    }
}
