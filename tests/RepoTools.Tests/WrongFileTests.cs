using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Files that are given by mistake: the error names the file and what is wrong with it, in words for people.</summary>
public sealed class WrongFileTests
{
    /// <summary>What only a parser says.</summary>
    private static readonly string[] s_parser =
    [
        "JSON token",
        "invalid start",
        "delimiter",
        "isFinalBlock",
        "BytePosition",
        "depth",
    ];

    public static TheoryData<string, string> Files =>
        new()
        {
            { "", "it is empty" },
            { " \n", "it is " },
            { "garbage", "JSON" },
            { "{\"signed\": 1", "is not valid JSON" },
            { "[1]", "object" },
            { "{}", "required" },
            { "{\"signatures\": [], \"signed\": {}} more", "JSON" },
            { "{\"signatures\": [], \"signed\": {\"_type\": 5}}", "type" },
            { string.Concat(Enumerable.Repeat("{\"a\":", 200)), "" },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task What_is_no_metadata_is_refused_with_the_name_and_the_reason(string content, string why)
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.Of("wrong.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        string[][] commands =
        [
            ["root", "show", file],
            ["root", "verify", repository.RootFile, "--previous", file],
            ["root", "sign", file, "--key", repository.Key("root")],
            ["payload", "export", file, "--out", repository.Of("out")],
            ["signature", "attach", file, "--key", repository.Key("root"), "--signature", file],
            ["repo", "verify", repository.Path, "--trust", file],
            ["repo", "trust", repository.Path, "--root", file],
            [.. repository.PublishArguments(), "--next-root", file],
        ];
        foreach (var command in commands)
        {
            Refused(await repository.RunAsync(command), command, why);
        }
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("garbage", "not one JSON object")]
    [InlineData("garb\nage", "not one JSON object")]
    [InlineData("[1]", "not one JSON object")]
    [InlineData("{}", "no '_type'")]
    public async Task What_is_no_payload_is_refused_without_a_place_in_another_text(string content, string why)
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.Of("wrong.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        string[] command = ["payload", "sign", file, "--key", repository.Key("root"), "--out", repository.Of("sig")];

        var result = await repository.RunAsync(command);

        Refused(result, command, why);
        Assert.DoesNotContain("(line", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("garbage", "it is not valid JSON (line 1)")]
    public async Task What_is_no_wave_file_is_refused_in_our_words(string content, string why)
    {
        using var repository = await TestRepository.CreateAsync();
        Assert.Equal(0, (await repository.AddAsync("1.2.0", "--wave-policy", "none")).Code);
        var file = repository.Of("wrong.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        string[] command = ["waves", "set", repository.Path, "--version", "1.2.0", "--file", file];

        Refused(await repository.RunAsync(command), command, why);
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_an_error_of_data()
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.Image("long", 100_000, 1);
        string[][] commands =
        [
            ["key", "show", file],
            ["root", "sign", repository.RootFile, "--key", file],
            ["signature", "attach", repository.RootFile, "--key", repository.Key("root"), "--signature", file],
        ];
        foreach (var command in commands)
        {
            var result = await repository.RunAsync([.. command, "--json"]);

            Assert.Equal(65, result.Code);
            Assert.Equal("file-too-long", result.Json.GetProperty("error").GetProperty("code").GetString());
            Assert.Contains(file, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_directory_in_the_place_of_a_key_is_called_one()
    {
        using var repository = await TestRepository.CreateAsync();
        Directory.CreateDirectory(repository.Of("keys"));

        var result = await repository.RunAsync("publish", repository.Path, "--targets-key", repository.Of("keys"));

        Assert.Equal(66, result.Code);
        Assert.Contains(
            "keys is a directory, not a file. Name the file itself.",
            result.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("repo check-expiry REPO --at 2026-12-01", "lacks the time of day; write 2026-12-01T00:00:00Z")]
    [InlineData("repo check-expiry REPO --at soon", "is not a time like 2026-11-20T12:00:00Z")]
    [InlineData("repo check-expiry REPO --at 2026-13-01", "is not a time like 2026-11-20T12:00:00Z")]
    [InlineData("repo collect-garbage REPO --keep 0s", "above 0 and at most 36500d")]
    [InlineData("publish REPO --role-expires apps=0d", "above 0 and at most 36500d")]
    public async Task What_is_no_time_is_told_with_one_that_is(string command, string why)
    {
        using var repository = await TestRepository.CreateAsync();

        var result = await repository.RunAsync(
            command.Replace("REPO", repository.Path, StringComparison.Ordinal).Split(' ')
        );

        Assert.Equal(64, result.Code);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "Give a key of the role with --targets-key.")]
    [InlineData(2, "Give 2 different keys of the role with --targets-key.")]
    public async Task Missing_signatures_are_asked_for_in_their_number(int threshold, string next)
    {
        using var repository = await TestRepository.CreateAsync(threshold);

        var result = await repository.RunAsync(
            "publish",
            repository.Path,
            "--snapshot-key",
            repository.Key("snapshot"),
            "--timestamp-key",
            repository.Key("timestamp")
        );

        Assert.Equal(65, result.Code);
        Assert.EndsWith(next + "\n", result.Error, StringComparison.Ordinal);
    }

    private static void Refused(ToolResult result, string[] command, string why)
    {
        var said = $"{string.Join(' ', command)}: exit {result.Code}: {result.Error}";
        Assert.True(result.Code is 64 or 65 or 78, said);
        Assert.True(result.Error.Contains("wrong.json", StringComparison.Ordinal), said);
        Assert.True(result.Error.Contains(why, StringComparison.Ordinal), said);
        Assert.True(s_parser.All(words => !result.Error.Contains(words, StringComparison.Ordinal)), said);
        Assert.True(result.Error.Split(" is malformed", StringSplitOptions.None).Length == 1, said);
    }
}
