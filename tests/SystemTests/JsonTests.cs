using System.Text.Json;

namespace SystemTests;

/// <summary>--json: one document on standard output whatever the exit code; where it failed, it says so itself.</summary>
public sealed class JsonTests(Kit kit)
{
    [Fact]
    public async Task Every_command_that_succeeds_prints_one_document()
    {
        var host = await Sandbox.JudgedAsync(kit);
        string[] lines =
        [
            "status",
            "check",
            "prepare",
            "activate",
            "cancel",
            "activate",
            "history",
            "history -n 1",
            "deny list",
            "deny add 3.0.0 --reason rumours",
            "deny list",
            "deny remove 3.0.0",
            "confirm",
            "status",
        ];
        foreach (var line in lines)
        {
            var result = (await host.UpdatectlAsync([.. line.Split(' '), "--json"])).Expect(0);
            Assert.Equal(JsonValueKind.Object, result.Json.ValueKind);
            Assert.Empty(result.Error);
        }

        (await host.BootAsync()).Expect(0);
        await host.MustAsync("confirm");
        var back = (await host.UpdatectlAsync("rollback", "--json", "--reason", "a \"trial\"")).Expect(0).Json;
        Assert.Equal("A", back.GetProperty("slot").GetString());
        var entries = (await host.UpdatectlAsync("history", "--json")).Expect(0).Json.GetProperty("entries");
        Assert.True(entries.GetArrayLength() > 5);
    }

    [Theory]
    [InlineData("activate", 76, "step-not-allowed")]
    [InlineData("cancel", 76, "step-not-allowed")]
    [InlineData("rollback", 76, "step-not-allowed")]
    [InlineData("prepare --pin 7.7.7", 66, "version-not-found")]
    [InlineData("prepare --pin seven", 64, "usage")]
    [InlineData("prepare --colour", 64, "usage")]
    [InlineData("deny remove 7.7.7", 66, "version-not-found")]
    [InlineData("history -n 0", 64, "usage")]
    [InlineData("nonsense", 64, "usage")]
    public async Task Every_command_that_fails_prints_one_document_with_its_exit_code(
        string line,
        int code,
        string name
    )
    {
        var host = await Sandbox.JudgedAsync(kit);

        var result = await host.UpdatectlAsync([.. line.Split(' '), "--json"]);

        Refusal.Says(result.Expect(code));
        Assert.Equal(code, result.Json.GetProperty("exit_code").GetInt32());
        Assert.Equal(name, result.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.NotEmpty(result.Json.GetProperty("error").GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("check")]
    [InlineData("prepare")]
    [InlineData("activate")]
    [InlineData("cancel")]
    [InlineData("rollback")]
    [InlineData("confirm")]
    [InlineData("history")]
    [InlineData("deny list")]
    [InlineData("deny add 1.0.0")]
    [InlineData("deny remove 1.0.0")]
    public async Task A_host_without_configuration_is_a_document_too(string line)
    {
        var result = await RunningProgram.RunAsync(
            Programs.Updatectl,
            ["--json", "--root", kit.NewDirectory(), .. line.Split(' ')]
        );

        Refusal.Says(result.Expect(78), "config.json");
        Assert.Equal(78, result.Json.GetProperty("exit_code").GetInt32());
        Assert.Equal("configuration-invalid", result.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Nothing_to_do_and_a_failed_health_check_are_answers_with_their_exit_code()
    {
        var host = await Sandbox.JudgedAsync(kit, "1.0.0");
        var check = (await host.UpdatectlAsync("check", "--json")).Expect(77);
        Assert.Equal(77, check.Json.GetProperty("exit_code").GetInt32());
        Assert.Equal(JsonValueKind.Null, check.Json.GetProperty("available").ValueKind);

        host.FailHealthOf("1.0.0");
        var confirm = (await host.UpdatectlAsync("confirm", "--json")).Expect(74);
        Assert.Equal(74, confirm.Json.GetProperty("exit_code").GetInt32());
        Assert.Equal("Degraded", confirm.Json.GetProperty("verdict").GetString());
        var outcome = confirm.Json.GetProperty("checks")[0];
        Assert.False(outcome.GetProperty("passed").GetBoolean());
        Assert.Equal("image", outcome.GetProperty("class").GetString());
    }
}
