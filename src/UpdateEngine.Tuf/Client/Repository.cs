using System.Globalization;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>The names of files in a repository, and what their absence means. Sections 5 and 6.2.</summary>
internal sealed class Repository(TufClientOptions options)
{
    private const int Forbidden = 403;

    public MirrorList Mirrors { get; } = new(options);

    /// <summary>Section 5.3.3: the next root; null ends the chain. Object stores answer 403 for a file that is not there.</summary>
    /// <param name="version">The next one.</param>
    /// <param name="accept">As of <see cref="ReadAsync"/>.</param>
    /// <param name="ct">Stops the transfer.</param>
    public Task<ReadOnlyMemory<byte>?> ReadRootAsync(
        long version,
        Action<ReadOnlyMemory<byte>> accept,
        CancellationToken ct
    )
    {
        var limit = options.Limits.RootLength;
        return Mirrors.AskAsync<ReadOnlyMemory<byte>?>(
            mirror => MetadataUri(mirror, Roles.Root, version),
            limit,
            null,
            async answer =>
            {
                await using var response = answer.Response;
                var isForbidden = response.Status == Forbidden;
                if (!response.IsMissing || (isForbidden && !options.ForbiddenRootEndsChain))
                {
                    return await TakeAsync(answer, Roles.Root, limit, accept, ct);
                }

                if (isForbidden)
                {
                    Mirrors.Warnings.Add(
                        $"repository: it answers 403 to root version {version}, which was taken for its absence."
                    );
                }

                return null;
            },
            ct
        );
    }

    /// <param name="role">A role other than root.</param>
    /// <param name="version">Null for a name without a version.</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="accept">Throws, and has changed nothing, when it refuses the bytes: another mirror may have better ones.</param>
    /// <param name="ct">Stops the transfer.</param>
    /// <exception cref="NotFoundException">The repository has no such file.</exception>
    public Task<ReadOnlyMemory<byte>> ReadAsync(
        string role,
        long? version,
        int limit,
        Action<ReadOnlyMemory<byte>> accept,
        CancellationToken ct
    ) =>
        Mirrors.AskAsync(
            mirror => MetadataUri(mirror, role, version),
            limit,
            null,
            async answer =>
            {
                await using var response = answer.Response;
                return await TakeAsync(answer, role, limit, accept, ct);
            },
            ct
        );

    /// <summary>What is refused while it is read makes the next call start at another mirror.</summary>
    /// <param name="target">Some digest must be known here.</param>
    /// <param name="consistent">Whether names begin with a digest.</param>
    /// <param name="resume">Where the body should start; <see cref="VerifiedStream.StartedAt"/> says where it does.</param>
    /// <param name="ct">Stops the attempt.</param>
    public async Task<VerifiedStream> OpenVerifiedAsync(
        TargetFile target,
        bool consistent,
        ResumePoint? resume,
        CancellationToken ct
    )
    {
        var answer = await OpenTargetAsync(target, consistent, resume, ct);
        var (response, start) = (answer.Response, answer.Response.Offset);
        return new VerifiedStream(response.Content!, target.Name, target.Length, target.Hashes, start)
        {
            Refused = answer.Refuse,
            Validator = response.Validator,
        };
    }

    /// <summary>A target as it comes, not verified yet.</summary>
    /// <param name="target">Some digest must be known here.</param>
    /// <param name="consistent">Whether names begin with a digest.</param>
    /// <param name="resume">Where the body should start; whether it does, the answer says.</param>
    /// <param name="ct">Stops the attempt.</param>
    public Task<MirrorAnswer> OpenTargetAsync(
        TargetFile target,
        bool consistent,
        ResumePoint? resume,
        CancellationToken ct
    )
    {
        target.Hashes.RequireUsable(target.Name);
        var prefix = consistent ? target.Hashes.Usable.First().Value + "." : "";
        var path = new TargetName(target.Name).ToUrlPath(prefix);
        return Mirrors.AskAsync(
            mirror => new Uri(Base(mirror.TargetsUrl), path),
            target.Length,
            resume,
            answer =>
            {
                RequireFound(answer, target.Name);
                return Task.FromResult(answer);
            },
            ct
        );
    }

    private static async Task<ReadOnlyMemory<byte>> TakeAsync(
        MirrorAnswer answer,
        string role,
        int limit,
        Action<ReadOnlyMemory<byte>> accept,
        CancellationToken ct
    )
    {
        RequireFound(answer, role);
        var bytes = await WholeFile.ReadAsync(answer.Response, role, limit, ct);
        accept(bytes);
        return bytes;
    }

    private static void RequireFound(MirrorAnswer answer, string subject)
    {
        if (!answer.Response.IsMissing)
        {
            return;
        }

        var uri = AddressText.Of(answer.Uri);
        if (answer.Response.Status == Forbidden)
        {
            throw new TransportException(subject, $"The server forbids {uri} (status 403).", Forbidden);
        }

        throw new NotFoundException(subject, $"The repository has no {subject}: {uri} is not there.");
    }

    private static Uri MetadataUri(RepositoryMirror mirror, string role, long? version)
    {
        var prefix = version?.ToString(CultureInfo.InvariantCulture) + (version is null ? "" : ".");
        return new Uri(Base(mirror.MetadataUrl), $"{prefix}{Uri.EscapeDataString(role)}.json");
    }

    // Without the slash the last segment would be replaced, not extended.
    private static Uri Base(Uri uri) => uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
}
