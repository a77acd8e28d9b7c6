using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

public sealed class FileTransportTests
{
    [Fact]
    public async Task A_repository_in_a_directory_is_followed()
    {
        using var directory = new TemporaryDirectory();
        var repository = new RepositorySimulator(TimeProvider.System.GetUtcNow());
        repository.AddTarget("dir/a file%2F.img", [1, 2, 3]);
        repository.PublishNext();
        foreach (var (name, bytes) in repository.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory[name])!);
            File.WriteAllBytes(directory[name], bytes);
        }

        var client = TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = repository.TrustAnchor,
                MetadataDirectory = directory["store"],
                Transport = new FileTransport(),
                MetadataUrl = new Uri($"file://{directory["metadata"]}"),
                TargetsUrl = new Uri($"file://{directory["targets"]}/"),
            }
        );
        await client.RefreshAsync(default);
        var target = (await client.FindTargetAsync(new TargetName("dir/a file%2F.img"), default))!;
        Assert.Equal([1, 2, 3], await client.ReadTargetAsync(target, 3, default));
    }

    [Fact]
    public async Task A_missing_file_is_an_answer_and_a_directory_an_error()
    {
        using var directory = new TemporaryDirectory();
        var missing = await new FileTransport().OpenAsync(
            new TransportRequest(new Uri($"file://{directory["no/such"]}"), 1),
            default
        );
        Assert.True(missing.IsMissing);
        await Assert.ThrowsAsync<TransportException>(() =>
            new FileTransport().OpenAsync(new TransportRequest(new Uri($"file://{directory.Path}"), 1), default)
        );
        await Assert.ThrowsAsync<TransportException>(() =>
            new FileTransport().OpenAsync(new TransportRequest(new Uri("http://localhost/"), 1), default)
        );
    }

    [Theory]
    [InlineData("..%2Fsecret")]
    [InlineData("%2e%2e%2Fsecret")]
    [InlineData("x%2F..%2F..%2Fsecret")]
    [Trait("flaw", "CVE-2026-6968")]
    public async Task A_name_that_climbs_in_its_escaped_form_stays_in_its_directory(string name)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["repository/x"]);
        File.WriteAllBytes(directory["secret"], [1]);
        var address = new Uri($"file://{directory["repository"]}/{name}");
        Assert.True((await new FileTransport().OpenAsync(new TransportRequest(address, 9), default)).IsMissing);
    }

    [Fact]
    public async Task A_name_does_not_end_at_a_nul()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["f"], [1]);
        var address = new Uri($"file://{directory["f"]}%00.json");
        Assert.True((await new FileTransport().OpenAsync(new TransportRequest(address, 9), default)).IsMissing);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_is_an_error_and_nobody_waits_for_it()
    {
        using var directory = new TemporaryDirectory();
        using (var made = System.Diagnostics.Process.Start("mkfifo", directory["f"]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAsync<TransportException>(() =>
            new FileTransport().OpenAsync(new TransportRequest(new Uri($"file://{directory["f"]}"), 9), default)
        );
    }

    [Fact]
    public async Task A_file_above_the_limit_is_refused_before_its_first_byte()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["f"], new byte[11]);
        await Assert.ThrowsAsync<TooLargeException>(() =>
            new FileTransport().OpenAsync(new TransportRequest(new Uri($"file://{directory["f"]}"), 10), default)
        );
    }
}
