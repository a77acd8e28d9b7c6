using System.Net;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class DownloadTests
{
    private const string Root = "demo-x86_64-1.2.0-root.img.zst";

    [Fact]
    public async Task A_release_is_fetched_with_its_manifest_and_decoded_to_the_images_that_were_added()
    {
        using var repository = await PublishedAsync();
        await using var server = await RepositoryServer.StartAsync(
            repository.Workspace,
            new IPEndPoint(IPAddress.Loopback, 0),
            default
        );
        string[] args = ["download", server.Url, "--trust", repository.RootFile, "--release", "1.2.0"];

        var packed = await repository.MustAsync(args, ["--to", repository.Of("packed"), "--json"]);
        await repository.MustAsync(args, ["--to", repository.Of("plain"), "--decompress"]);

        Assert.Equal(3, packed.Json.GetProperty("files").GetArrayLength());
        Assert.Equal(
            ["demo-x86_64-1.2.0-boot.img.zst", Root, "manifest.json"],
            Directory.EnumerateFiles(repository.Of("packed")).Select(Path.GetFileName).Order()
        );
        Assert.Equal(
            File.ReadAllBytes(repository.Of("root.img")),
            File.ReadAllBytes(repository.Of("plain/demo-x86_64-1.2.0-root.img"))
        );
    }

    [Fact]
    public async Task What_is_there_already_is_said_and_not_fetched_again()
    {
        using var repository = await PublishedAsync();
        string[] args = ["download", repository.Path, Root, "--out", repository.Of("got"), "--json"];
        await repository.MustAsync(args);
        File.Delete(Directory.EnumerateFiles(repository.Workspace.Targets, $"*{Root}").Single());

        var again = await repository.MustAsync(args);

        Assert.Equal("there", again.Json.GetProperty("files")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Decoding_takes_away_what_a_killed_run_left_and_not_what_a_living_one_writes()
    {
        using var repository = await PublishedAsync();
        string Temporary() => repository.Of($".got.{Path.GetRandomFileName()}.tmp");
        var (left, held) = (Temporary(), Temporary());
        File.WriteAllText(left, "half of an image");
        await using var writer = File.Create(held);

        await repository.MustAsync(["download", repository.Path, Root, "--decompress", "--out", repository.Of("got")]);

        Assert.False(File.Exists(left));
        Assert.True(File.Exists(held));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_no_fault_of_the_repository()
    {
        using var repository = await PublishedAsync();
        Directory.CreateDirectory(repository.Of("to"));
        var digest = Path.GetFileName(Directory.EnumerateFiles(repository.Workspace.Targets, $"*{Root}").Single())[
            ..64
        ];
        // In the way of what comes first.
        Directory.CreateDirectory(repository.Of($"to/.{digest}.part"));

        var result = await repository.RunAsync("download", repository.Path, Root, "--to", repository.Of("to"));

        Assert.Equal(73, result.Code);
        Assert.EndsWith("Check the path, the disk and its free space.", result.Error.Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("download", "manifest.json")]
    [InlineData("repo verify")]
    public async Task A_temporary_directory_that_is_missing_is_named(string command, params string[] more)
    {
        using var repository = await PublishedAsync();
        using var place = new EnvironmentValue("TMPDIR", repository.Of("none"));

        var result = await repository.RunAsync([.. command.Split(' '), repository.Path, .. more]);

        Assert.Equal(73, result.Code);
        Assert.Contains(repository.Of("none"), result.Error, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_another_content_is_replaced_only_where_that_is_asked_for()
    {
        using var repository = await PublishedAsync();
        File.WriteAllText(repository.Of("mine"), "mine");
        string[] args = ["download", repository.Path, Root, "--out", repository.Of("mine")];

        var refused = await repository.RunAsync(args);

        Assert.Equal(76, refused.Code);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(repository.Of("mine")));
        await repository.MustAsync(args, ["--overwrite"]);
        Assert.NotEqual("mine", File.ReadAllText(repository.Of("mine")));
    }

    [Theory]
    [InlineData("--decompress")]
    [InlineData("--overwrite")]
    public async Task A_target_that_somebody_changed_leaves_no_file(string option)
    {
        using var repository = await PublishedAsync();
        var target = Directory.EnumerateFiles(repository.Workspace.Targets, $"*{Root}").Single();
        var bytes = File.ReadAllBytes(target);
        bytes[^1] ^= 1;
        File.WriteAllBytes(target, bytes);

        var result = await repository.RunAsync(
            "download",
            repository.Path,
            Root,
            "--to",
            repository.Of("inbox"),
            option
        );

        Assert.Equal(65, result.Code);
        Assert.Empty(Directory.EnumerateFiles(repository.Of("inbox")));
    }

    [Fact]
    public async Task A_name_with_directories_stays_below_the_one_that_was_named()
    {
        using var repository = await PublishedAsync();
        await repository.AddHelloAsync("apps/a/hello.txt");
        await repository.MustAsync(repository.PublishArguments());
        string[] args = ["download", repository.Path, "apps/a/hello.txt", "--to"];

        await repository.MustAsync(args, [repository.Of("inbox")]);
        Directory.CreateDirectory(repository.Of("inbox2/apps"));
        Directory.CreateDirectory(repository.Of("elsewhere"));
        Directory.CreateSymbolicLink(repository.Of("inbox2/apps/a"), repository.Of("elsewhere"));
        var linked = await repository.RunAsync([.. args, repository.Of("inbox2")]);

        Assert.Equal("hello", File.ReadAllText(repository.Of("inbox/apps/a/hello.txt")));
        Assert.Equal(76, linked.Code);
        Assert.Empty(Directory.EnumerateFiles(repository.Of("elsewhere")));
    }

    [Theory]
    [InlineData("../escaped", 64)]
    [InlineData("/tmp/escaped", 64)]
    [InlineData("nobody-has-this", 66)]
    public async Task A_name_that_is_none_is_refused(string name, int code)
    {
        using var repository = await PublishedAsync();

        var result = await repository.RunAsync("download", repository.Path, name, "--to", repository.Of("inbox"));

        Assert.Equal(code, result.Code);
        Assert.False(Directory.Exists(repository.Of("inbox")));
    }

    [Fact]
    public async Task An_address_needs_a_root_that_is_trusted_and_only_its_own_will_do()
    {
        using var repository = await PublishedAsync();
        using var other = await TestRepository.CreateAsync();
        var address = new Uri(repository.Path).AbsoluteUri;

        var nobody = await repository.RunAsync("download", address, Root);
        var wrong = await repository.RunAsync("download", address, Root, "--trust", other.RootFile);

        Assert.Equal(78, nobody.Code);
        Assert.Contains("--trust", nobody.Error, StringComparison.Ordinal);
        Assert.Equal(65, wrong.Code);
    }

    [Fact]
    public async Task A_dry_run_says_which_files_it_would_write_and_writes_none()
    {
        using var repository = await PublishedAsync();

        var result = await repository.MustAsync([
            "download",
            repository.Path,
            Root,
            "--to",
            repository.Of("inbox"),
            "--decompress",
            "--dry-run",
        ]);

        Assert.Contains(repository.Of("inbox/demo-x86_64-1.2.0-root.img "), result.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repository.Of("inbox")));
    }

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }
}
