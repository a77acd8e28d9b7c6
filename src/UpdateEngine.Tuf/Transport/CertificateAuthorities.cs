using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Transport;

/// <summary>Reads what <see cref="HttpTransportOptions.CertificateAuthorities"/> wants.</summary>
public static class CertificateAuthorities
{
    /// <summary>In bytes; the certificates of all public authorities together are a quarter of it.</summary>
    public const int MaxFileLength = 1024 * 1024;

    /// <param name="path">A file of one or several certificates in PEM form.</param>
    /// <exception cref="ArgumentException">It cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection ReadPem(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Encoding.Latin1.GetString(DurableFile.Read(path, MaxFileLength)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException(
                $"'{path}' cannot be read as certificates: {error.Message}",
                nameof(path),
                error
            );
        }

        return authorities.Count > 0
            ? authorities
            : throw new ArgumentException($"'{path}' holds no certificate in PEM form.", nameof(path));
    }
}
