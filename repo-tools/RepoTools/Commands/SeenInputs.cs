using System.CommandLine;
using RepoTools.Inspecting;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Updates;

namespace RepoTools.Commands;

/// <summary>The repository that a command looks at, wherever it is, and whom it trusts there.</summary>
internal sealed class SeenInputs
{
    public const string Forms = "its directory, or the http://, https:// or file:// address that it is served at";

    private readonly Argument<string> _repository = new("REPO") { Description = $"The repository: {Forms}." };
    private readonly Option<string> _trust = TrustInputs.Trust();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_repository);
        command.Options.Add(_trust);
    }

    public static Option<DateTimeOffset?> At() =>
        Inputs.Instant("--at", "The time at which expiry is judged. Default: now.");

    public RepositoryAddress Address(ParseResult args) =>
        RepositoryAddress.Parse(args.GetRequiredValue(_repository), args.GetValue(_trust));

    /// <summary>With delegated roles that no host could use told apart.</summary>
    public static Task<SeenRepository> ReadAsync(RepositoryAddress address, CancellationToken cancel) =>
        ForPublisherAsync(address, () => RepositoryReader.ReadAsync(address, cancel));

    /// <summary>Refuses a repository of which some role can't be used.</summary>
    public static Task<SeenRepository> ReadWholeAsync(RepositoryAddress address, CancellationToken cancel) =>
        ForPublisherAsync(address, async () => (await RepositoryReader.ReadAsync(address, cancel)).RequireWhole());

    /// <summary>As <see cref="ReadAsync"/>, with the manifest.</summary>
    /// <exception cref="UpdateException">It is not there although it is signed, or no manifest.</exception>
    public static async Task<RepositoryState> ReadStateAsync(RepositoryAddress address, CancellationToken cancel)
    {
        var repository = await ReadAsync(address, cancel);
        return new RepositoryState(repository, await ReadManifestAsync(repository, cancel));
    }

    public static async Task<Manifest> ReadManifestAsync(SeenRepository repository, CancellationToken cancel)
    {
        var transport = repository.Address.NewTransport();
        using var _ = transport as IDisposable;
        return await ForPublisherAsync(
            repository.Address,
            () => new TargetReader(repository, transport).ReadManifestAsync(cancel)
        );
    }

    /// <summary>What the library refuses is told to hosts elsewhere; here the publisher himself asks.</summary>
    public static async Task<T> ForPublisherAsync<T>(RepositoryAddress address, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (TufException refused)
        {
            throw new UpdateException(
                Faults.From(refused).Code,
                $"{address.Text}: {refused.Message}",
                refused switch
                {
                    TransportException => "Check the address and the network, and try again.",
                    NotFoundException =>
                        "Check the address; if it is right, run `repo-tools publish` again, or restore the file from a copy.",
                    StoreFailedException or StoreCorruptException => "Check the path, the disk and its free space.",
                    CryptographyUnavailableException => "Install the library.",
                    ExpiredException => "See `repo-tools repo check-expiry` for what expires when.",
                    _ =>
                        "No host would take it. Compare it with what you published, and restore it from a copy if somebody changed it.",
                },
                refused
            );
        }
    }
}
