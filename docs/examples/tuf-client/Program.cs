using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

using var http = new HttpTransport();
var client = TufClient.Open(
    new TufClientOptions
    {
        TrustedRoot = await File.ReadAllBytesAsync("root.json"), // came with the program
        MetadataDirectory = "metadata", // what is trusted so far
        Transport = http,
        MetadataUrl = new Uri($"{args[0]}/metadata"),
        TargetsUrl = new Uri($"{args[0]}/targets"),
    }
);
await client.RefreshAsync(default);
var name = new TargetName(args[1]);
var target = await client.FindTargetAsync(name, default) ?? throw new FileNotFoundException($"No target {name}.");
await client.DownloadTargetAsync(target, name.FileName); // whole and as it was signed, or not there
