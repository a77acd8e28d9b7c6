using System.Text;
using UpdateEngine.Terminal;

namespace RepoTools.Keys;

/// <summary>Small files that hold a secret: a key, a passphrase, a PIN.</summary>
internal static class SecretText
{
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>Without its line feed: `echo` and editors add one.</summary>
    public static string FirstLine(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).TrimEnd('\r');
    }

    public static void WarnIfExposed(string path, string what)
    {
        if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            Answer.Note($"Warning: other users may read the {what} {path}. Run `chmod 600 {path}`.");
        }
    }
}
