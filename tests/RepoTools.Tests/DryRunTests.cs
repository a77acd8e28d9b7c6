using System.CommandLine;
using System.Security.Cryptography;
using RepoTools.Commands;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>--dry-run: the same decisions and refusals, and not one file or directory that is other than before.</summary>
public sealed class DryRunTests(DryRunTests.Template template) : IClassFixture<DryRunTests.Template>
{
    /// <summary>Made once and copied: it takes some seconds.</summary>
    public sealed class Template : IAsyncLifetime
    {
        internal TestRepository Repository { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Repository = await PrepareAsync();

        public ValueTask DisposeAsync()
        {
            Repository.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Commands that write nothing that lasts; every other one must have a dry run, and a line below.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Readers = new Dictionary<string, string>(
        StringComparer.Ordinal
    )
    {
        ["root show"] = "@root-2.json --previous @root.json",
        ["root verify"] = "@root-2.json --previous @root.json",
        ["release list"] = "@repo --trust @root.json",
        ["repo check-expiry"] = "@repo",
        ["repo verify"] = "@repo --trust @root.json",
        ["repo explain"] = "@repo apps/hello",
        ["repo diff"] = "@repo @repo",
        ["repo lint"] = "@repo",
        ["release explain"] = "@repo --version 1.3.0",
        ["waves show"] = "@repo --version 1.3.0",
        ["waves preview"] = "@repo",
        ["migration list"] = "@repo",
        ["delegation list"] = "@repo",
        ["delegation show"] = "@repo",
        ["target list"] = "@repo",
        ["status"] = "@repo",
        ["serve"] = "@repo",
        ["completion"] = "zsh",
    };

    private const string Online = "--snapshot-key @snapshot.pem --timestamp-key @timestamp.pem";

    /// <summary>Each command as it succeeds in what <see cref="PrepareAsync"/> makes; @ is its directory.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Writers = new Dictionary<string, string>(
        StringComparer.Ordinal
    )
    {
        ["key generate"] = "@new.pem",
        ["key show"] = "@root.pem --out @shown.pem",
        ["key encrypt"] = "@stranger.pem --new-passphrase-file @passphrase",
        ["key decrypt"] = "@locked.pem --passphrase-file @passphrase",
        ["root create"] =
            "--out @new.json --root-key @root.pem --targets-key @targets.pem --snapshot-key @snapshot.pem --timestamp-key @timestamp.pem",
        ["root sign"] = "@unsigned.json --key @root.pem",
        ["root bump"] = "@root.json",
        ["root rotate"] = "@root.json --old @snapshot.pem --new @stranger.pem",
        ["root add-key"] = "@root.json --role targets --key @stranger.pem",
        ["root remove-key"] = "@root.json --role targets --key @targets2.pem",
        ["root set-threshold"] = "@root.json targets 2",
        ["root set-expiry"] = "@root.json 100d",
        ["root set-version"] = "@unsigned.json 2",
        ["root publish"] = "@repo @root-2.json",
        ["payload export"] = "@unsigned.json --out @new.bin",
        ["payload sign"] = "@payload.bin --key @root.pem --out @new.sig",
        ["signature attach"] = "@unsigned.json --key @root.pub.pem --signature @root.sig",
        ["repo create"] = "@other --root @root.json",
        ["repo trust"] = "@copy --root @root.json",
        ["repo collect-garbage"] = "@repo",
        ["repo clone"] = "@repo @clone --trust @root.json",
        ["repo sync"] = "@repo @synced",
        ["repo transfer"] = $"@repo @moved --root @other-root.json --targets-key @targets.pem {Online}",
        ["download"] = "@repo --release 1.2.0 --to @inbox --trust @root.json",
        ["release add"] = "@repo --version 1.4.0 --variant demo --arch x86_64 --boot @boot.img --root @root.img",
        ["release recall"] = "@repo --version 1.3.0 --reason Hot",
        ["release restore"] = "@repo --version 1.2.0",
        ["release pause"] = "@repo --version 1.3.0 --reason Checking",
        ["release resume"] = "@repo --all",
        ["release set-max-version"] = "@repo --max-version 1.3.0",
        ["release set-min-version"] = "@repo --version 1.3.0 --min-version 1.1.0",
        ["release deadline"] = "@repo --version 1.3.0 --at 2026-12-01T00:00:00Z",
        ["release notes"] = "@repo --version 1.3.0 --text Faster",
        ["release remove"] = "@repo --version 1.3.0",
        ["waves set"] = "@repo --version 1.3.0 --policy emergency",
        ["waves shift"] = "@repo --version 1.3.0 --by 4h",
        ["waves stop"] = "@repo --version 1.3.0",
        ["migration add"] = "@repo 1.2.0 1.3.0 @boot.img",
        ["migration none"] = "@repo 1.2.0 1.3.0",
        ["migration remove"] = "@repo 1.1.0 1.2.0",
        ["delegation add"] = "@repo team --from apps --key @stranger.pem --paths apps/team/*",
        ["delegation bins"] = "@repo --from apps --count 4 --prefix bin --key @stranger.pem",
        ["delegation add-key"] = "@repo apps --key @stranger.pem",
        ["delegation remove-key"] = "@repo apps --key @targets.pem",
        ["delegation set-threshold"] = "@repo apps 2",
        ["delegation set-paths"] = "@repo apps --paths tools/*",
        ["delegation remove"] = "@repo apps",
        ["target add"] = "@repo @boot.img --name apps/boot",
        ["target remove"] = "@repo apps/hello",
        ["publish"] = $"@repo --targets-key @targets.pem --role-key apps=@apps.pem {Online}",
        ["refresh"] = $"@repo {Online}",
        ["timestamp refresh"] = "@repo --timestamp-key @timestamp.pem",
        ["disk create"] = "@disk.img --version 1.0.0 --boot @boot.img --root @root.img",
        ["host create"] = "@host --disk @host/disk.img --repository http://127.0.0.1:1 --trust @root.json",
    };

    public static TheoryData<string> Commands => [.. Writers.Keys];

    [Fact]
    public void Every_command_either_reads_only_or_has_a_dry_run_that_is_tested()
    {
        var all = HelpTests.Leaves().ToArray();

        var with = all.Where(c => c.Command.Options.Any(o => o.Name == DryRun.Name)).Select(c => c.Path);
        Assert.Equal(Writers.Keys.Order(), with.Order());
        Assert.Equal(Readers.Keys.Order(), all.Select(c => c.Path).Except(Writers.Keys).Order());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_dry_run_answers_and_leaves_every_file_as_it_was(string command)
    {
        using var repository = template.Repository.Copy();
        var args = Arguments(repository, command, "");
        var before = Tree(repository);

        var text = await repository.MustAsync(args, ["--dry-run"]);
        var json = await repository.MustAsync(args, ["--dry-run", "--json"]);

        Assert.Equal(before, Tree(repository));
        Assert.EndsWith("This was a dry run: nothing was written.\n", text.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Next:", text.Out, StringComparison.Ordinal);
        Assert.True(json.Json.GetProperty("dry_run").GetBoolean());

        var real = await repository.MustAsync(args, ["--json"]);
        Assert.NotEqual(before, Tree(repository));
        Assert.False(real.Json.GetProperty("dry_run").GetBoolean());
    }

    [Fact]
    public async Task A_dry_run_refuses_in_the_words_of_the_real_one()
    {
        using var repository = template.Repository.Copy();
        // Every file and directory under another name, and then below a file.
        foreach (var wrong in (string[])["no-", "passphrase/"])
        {
            foreach (var command in Writers.Keys)
            {
                var args = Arguments(repository, command, wrong);
                var before = Tree(repository);
                var dry = await repository.RunAsync([.. args, "--dry-run"]);
                Assert.Equal(before, Tree(repository));
                if (dry.Code != 0)
                {
                    var real = await repository.RunAsync(args);
                    Assert.Equal((real.Code, real.Error), (dry.Code, dry.Error));
                    Assert.Equal(before, Tree(repository));
                }
            }
        }
    }

    [Theory]
    [InlineData("repo sync @repo @passphrase", "is a file, not a directory")]
    [InlineData("repo sync @repo @passphrase/below", "can't be a directory")]
    [InlineData("repo clone @repo @passphrase --trust @root.json", "is a file, not a directory")]
    [InlineData("download @repo manifest.json --to @passphrase", "is a file, not a directory")]
    [InlineData("download @repo manifest.json --to @passphrase/below/more", "can't be a directory")]
    [InlineData("download @repo manifest.json --out @passphrase/below", "no directory")]
    [InlineData("download @repo manifest.json --out @nothing/below", "no directory")]
    [InlineData("download @repo manifest.json --out @repo", "is a directory")]
    [InlineData("download @repo manifest.json --out @repo --overwrite", "is a directory")]
    [InlineData("download @repo manifest.json --out @passphrase", "another content")]
    public async Task A_dry_run_looks_at_where_files_would_go(string command, string why)
    {
        using var repository = template.Repository.Copy();
        string[] args =
        [
            .. command.Split(' ').Select(w => w.Replace("@", $"{repository.Of("")}/", StringComparison.Ordinal)),
        ];
        var before = Tree(repository);

        var dry = await repository.RunAsync([.. args, "--dry-run"]);
        var real = await repository.RunAsync(args);

        Assert.Contains(why, dry.Error, StringComparison.Ordinal);
        Assert.Equal((real.Code, real.Error), (dry.Code, dry.Error));
        Assert.True(dry.Code is 66 or 76, dry.Error);
        Assert.Equal(before, Tree(repository));
    }

    [Fact]
    public async Task A_dry_run_of_a_download_says_what_is_there_already()
    {
        using var repository = template.Repository.Copy();
        string[] args = ["download", repository.Path, "manifest.json", "--to", repository.Of("inbox"), "--json"];

        Assert.Equal("would be fetched", State(await repository.MustAsync(args, ["--dry-run"])));
        await repository.MustAsync(args);
        Assert.Equal("there", State(await repository.MustAsync(args, ["--dry-run"])));

        static string? State(ToolResult result) => result.Json.GetProperty("files")[0].GetProperty("state").GetString();
    }

    [Fact]
    public async Task A_dry_run_counts_signatures_and_refuses_expired_or_stolen_roles_as_the_real_run_does()
    {
        using var repository = await TestRepository.CreateAsync(targetsThreshold: 2);
        await repository.AddAsync("1.2.0");
        await RefusedAsync(65, "targets has 1 of 2 signatures", repository.PublishArguments("targets"));
        await RefusedAsync(65, "may not sign targets", repository.PublishArguments("stranger"));
        await repository.MustAsync(repository.PublishArguments("targets", "targets2"));
        repository.Time.Now += TimeSpan.FromDays(91);
        string[] refresh = ["timestamp", "refresh", repository.Path, "--timestamp-key", repository.Key("timestamp")];
        await RefusedAsync(76, "expired", refresh);

        async Task RefusedAsync(int code, string reason, string[] args)
        {
            var before = Tree(repository);
            var refused = await repository.RunAsync([.. args, "--dry-run"]);
            Assert.Equal(code, refused.Code);
            Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
            Assert.Equal(before, Tree(repository));
        }
    }

    [Fact]
    public async Task A_dry_run_does_not_wait_for_a_publisher_and_refuses_what_would_be_refused()
    {
        using var repository = template.Repository.Copy();
        using var other = RepoTools.Publishing.PublisherLock.Take(repository.Workspace);

        await repository.MustAsync(["release", "remove", repository.Path, "--version", "1.3.0", "--dry-run"]);
        var refused = await repository.RunAsync(
            "release",
            "remove",
            repository.Path,
            "--version",
            "9.9.9",
            "--dry-run"
        );

        Assert.Equal(66, refused.Code);
    }

    private static string[] Arguments(TestRepository repository, string command, string prefix) =>
        [
            .. command.Split(' '),
            .. Writers[command]
                .Split(' ')
                .Select(w => w.Replace("@", $"{repository.Of("")}/{prefix}", StringComparison.Ordinal)),
        ];

    /// <summary>
    /// 1.2.0 published and recalled, 1.3.0 in the draft, everything paused, a step, a delegation and a target; a root that is not signed yet and one
    /// that follows; a copy of the repository that nobody trusts yet. No lock file, so that one would be seen.
    /// </summary>
    private static async Task<TestRepository> PrepareAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        await repository.AddAsync("1.3.0");
        await MustAsync("release recall @repo --version 1.2.0 --reason Old");
        await MustAsync("release pause @repo --all --reason Freeze");
        await MustAsync("migration none @repo 1.1.0 1.2.0");
        repository.NewKey("apps");
        await MustAsync("delegation add @repo apps --key @apps.pem --key @targets.pem --paths apps/*");
        await MustAsync($"target add @repo {repository.TextFile("hello", "hello")} --name apps/hello");
        await MustAsync("root bump @root.json --out @root-2.json");
        await MustAsync("root sign @root-2.json --previous @root.json --key @root.pem");
        await MustAsync(
            "root create --out @unsigned.json --root-key @root.pem --targets-key @targets.pem --snapshot-key @snapshot.pem --timestamp-key @timestamp.pem"
        );
        await MustAsync("payload export @unsigned.json --out @payload.bin");
        await MustAsync("payload sign @payload.bin --key @root.pem --out @root.sig");
        repository.TextFile("passphrase", "correct horse battery staple");
        await MustAsync("key generate @locked.pem --passphrase-file @passphrase");
        Directory.CreateDirectory(repository.Of("host"));
        repository.TextFile("host/disk.img", "");
        Directory.CreateDirectory(repository.Of("copy/metadata"));
        File.Copy(repository.RootFile, repository.Of("copy/metadata/1.root.json"));
        await MustAsync(
            "root create --out @other-root.json --root-key @stranger.pem --targets-key @targets.pem --snapshot-key @snapshot.pem --timestamp-key @timestamp.pem"
        );
        await MustAsync("root set-version @other-root.json 2");
        await MustAsync("root sign @other-root.json --key @stranger.pem");
        Directory.CreateDirectory(repository.Of("inbox"));
        // What nothing names any more.
        var garbage = repository.TextFile($"repo/targets/{new string('a', 64)}.old.img", "old");
        File.SetLastWriteTimeUtc(garbage, DateTime.UnixEpoch);
        File.Delete(repository.Workspace.Lock);
        return repository;

        Task MustAsync(string command) =>
            repository.MustAsync(
                command
                    .Split(' ')
                    .Select(w => w.Replace("@", $"{repository.Of("")}/", StringComparison.Ordinal))
                    .ToArray()
            );
    }

    internal static Dictionary<string, string> Tree(TestRepository repository) =>
        Directory
            .EnumerateFileSystemEntries(repository.Of(""), "*", SearchOption.AllDirectories)
            .ToDictionary(
                path => path,
                path =>
                    File.Exists(path)
                        ? $"{File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"
                        : $"{Directory.GetLastWriteTimeUtc(path):O}"
            );
}
