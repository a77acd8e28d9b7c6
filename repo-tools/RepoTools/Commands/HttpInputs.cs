using System.CommandLine;
using UpdateEngine;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Commands;

/// <summary>How servers are asked.</summary>
internal static class HttpInputs
{
    public static Option<string> Authorities() =>
        Inputs.File(
            "--ca-file",
            "Certificates in PEM of the only authorities that https:// servers are trusted by. Default: the system's."
        );

    public static HttpTransportOptions Options(ParseResult args, Option<string> authorities)
    {
        var options = new HttpTransportOptions { UserAgent = "repo-tools" };
        if (args.GetValue(authorities) is not { } path)
        {
            return options;
        }

        Files.RequireExists(path, "Give the certificates in PEM with --ca-file.");
        try
        {
            return options with { CertificateAuthorities = CertificateAuthorities.ReadPem(path) };
        }
        catch (ArgumentException e)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{path} holds no certificates in PEM that could be read.",
                "Give those of the authorities that signed the server's.",
                e
            );
        }
    }
}
