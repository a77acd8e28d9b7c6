using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Inspecting;

/// <summary>A repository that is looked at: a directory of this machine, or what is served at an address.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Metadata">Where metadata lies.</param>
/// <param name="Targets">Where targets lie.</param>
/// <param name="Workspace">The directory; null for an address.</param>
internal sealed record RepositoryAddress(string Text, Uri Metadata, Uri Targets, Workspace? Workspace)
{
    private static readonly string[] s_schemes = ["http", "https", "file"];

    /// <param name="text">A directory, or the address that has metadata/ and targets/ below it.</param>
    /// <param name="anchor">A root file that is trusted; null for what is known otherwise.</param>
    public static RepositoryAddress Parse(string text, string? anchor)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            var workspace = new Workspace(text) { Anchor = anchor };
            return new RepositoryAddress(
                text,
                new Uri(Path.GetFullPath(workspace.Metadata)),
                new Uri(Path.GetFullPath(workspace.Targets)),
                workspace
            );
        }

        if (
            !Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url)
            || !s_schemes.Contains(url.Scheme, StringComparer.Ordinal)
        )
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" is neither a directory nor an address of a repository.",
                "Write it like https://updates.example.org/repo, with metadata/ and targets/ below it."
            );
        }

        return new RepositoryAddress(text, new Uri(url, "metadata/"), new Uri(url, "targets/"), null)
        {
            Anchor = anchor,
        };
    }

    private string? Anchor { get; init; }

    /// <summary>For files of a directory, or of HTTP. To be disposed where it can be.</summary>
    public ITransport NewTransport() =>
        Metadata.IsFile
            ? new FileTransport()
            : new HttpTransport(new HttpTransportOptions { UserAgent = "repo-tools" });

    /// <summary>
    /// The root that is trusted. Of a directory with a memory of its own the whole chain is compared with it first: a chain that was cut short or
    /// replaced is told apart from one that is merely old.
    /// </summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.TrustMissing"/>, <see cref="ErrorCodes.RootUntrusted"/>.</exception>
    public byte[] ReadAnchor()
    {
        if (Workspace is not null)
        {
            Published.RequireRepository(Workspace);
            _ = TrustedChain.Read(Workspace);
            return TrustedChain.ReadAnchor(Workspace);
        }

        var given = TrustedChain.Given(Anchor);
        return given is not null
            ? TrustedChain.ReadAnchor(given)
            : throw new UpdateException(
                ErrorCodes.TrustMissing,
                $"It is not known which root you trust in {Text}.",
                $"Give --trust ROOT with a root from a safe place, or {TrustedChain.Variable}."
            );
    }
}
