using System.Globalization;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace TufConformanceClient;

/// <summary>The three commands, over the library's public API alone.</summary>
internal static class Client
{
    private static readonly Uri s_nowhere = new("file:///nonexistent/");

    public static async Task RunAsync(Arguments args)
    {
        switch (args.Words.FirstOrDefault())
        {
            case "init" when args.Words.Count == 2:
                Open(args, await File.ReadAllBytesAsync(args.Words[1]), s_nowhere, s_nowhere, new FileTransport());
                break;
            case "refresh":
                using (var http = NewTransport())
                {
                    await Open(args, TrustAnchor(args), MetadataUrl(args), s_nowhere, http).RefreshAsync(default);
                }

                break;
            case "download":
                using (var http = NewTransport())
                {
                    await DownloadAsync(args, http);
                }

                break;
            default:
                throw new InvalidDataException("The command must be init ROOT, refresh or download.");
        }
    }

    private static TufClient Open(Arguments args, byte[] root, Uri metadata, Uri targets, ITransport transport) =>
        TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = root,
                MetadataDirectory = args["metadata-dir"],
                Transport = transport,
                MetadataUrl = metadata,
                TargetsUrl = targets,
                Limits = Limits(args),
            }
        );

    private static TufLimits Limits(Arguments args) =>
        args.TryGet("targets-limit") is { } bytes
            ? new TufLimits { TargetsLength = int.Parse(bytes, CultureInfo.InvariantCulture) }
            : new TufLimits();

    private static async Task DownloadAsync(Arguments args, ITransport transport)
    {
        var client = Open(args, TrustAnchor(args), MetadataUrl(args), new Uri(args["target-base-url"]), transport);
        await client.RefreshAsync(default);
        foreach (var name in args.TargetNames)
        {
            await DownloadAsync(client, new TargetName(name), args["target-dir"]);
        }
    }

    private static async Task DownloadAsync(TufClient client, TargetName name, string directory)
    {
        var target =
            await client.FindTargetAsync(name, default)
            ?? throw new NotFoundException(name.Value, $"There is no target '{name}'.");
        // The suite counts files: a failed download leaves the old one, and nothing beside it.
        await client.DownloadTargetAsync(
            target,
            Path.Join(directory, name.ToFileName()),
            new DownloadOptions { KeepPartial = false }
        );
    }

    // A host takes its anchor from the read-only image. The suite hands it to init only: it is the oldest root in the history.
    private static byte[] TrustAnchor(Arguments args)
    {
        var store = new MetadataStore(args["metadata-dir"]);
        return store.ReadRoot(store.LowestRoot(), new TufLimits().RootLength)
            ?? throw new InvalidDataException("The metadata directory is not initialised.");
    }

    private static Uri MetadataUrl(Arguments args) => new(args["metadata-url"]);

    // The suite counts requests.
    private static HttpTransport NewTransport() => new(new HttpTransportOptions { Retries = 0 });
}
