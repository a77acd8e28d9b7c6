using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Keys behind a program: what it may do, and what is not believed.</summary>
public sealed class ProgramKeyTests : IDisposable
{
    private const string PublicKey = "[ $1 = public-key ] && exec cat k.pub.pem\n";
    private const string Sign = "cat > m; openssl pkeyutl -sign -rawin -inkey k.pem -in m -out s\n";

    private readonly TempDirectory _directory = new();

    public ProgramKeyTests() => _directory.Key("k.pem");

    [Theory]
    [InlineData("od -An -v -tx1 s")]
    [InlineData("base64 -w0 s")]
    [InlineData("base64 s")]
    public void A_program_signs_in_hexadecimal_or_base64(string print)
    {
        using var key = Open(Script(PublicKey + Sign + print));
        using var file = SigningKeys.Open([_directory.Of("k.pem")], KeyAccess.Standard)[0];

        Assert.Equal(file.Signer.PublicKey.Value, key.Signer.PublicKey.Value);
        Assert.Equal(file.Signer.Sign("the message"u8), key.Signer.Sign("the message"u8));
    }

    [Fact]
    public async Task A_root_is_signed_by_a_program()
    {
        var time = new ManualTime(TestRepository.Start);
        var (key, root) = ($"exec:{Script(PublicKey + Sign + "base64 s")}", _directory.Of("root.json"));
        string[] keys = ["--root-key", key, "--targets-key", key, "--snapshot-key", key, "--timestamp-key", key];

        Assert.Equal(0, (await Tool.RunAsync(time, ["root", "create", "--out", root, .. keys])).Code);
        var signed = await Tool.RunAsync(time, "root", "sign", root, "--key", key);

        Assert.True(signed.Code == 0, signed.Error);
        Assert.Contains("1 of 1 signatures", signed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_reach_the_program_before_the_verb()
    {
        using var key = Open(Script("[ \"$1\" = 'a b' ] && shift || exit 9\n" + PublicKey) + " 'a b'");

        Assert.Equal("ed25519", key.Signer.PublicKey.Scheme);
    }

    [Fact]
    public void A_signature_by_another_key_is_not_believed()
    {
        _directory.Key("other.pem");
        using var key = Open(
            Script(PublicKey + Sign.Replace("k.pem", "other.pem", StringComparison.Ordinal) + "base64 s")
        );

        Assert.Contains("not that of its own key", Refusal(() => key.Signer.Sign("m"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_told_with_the_reason_that_the_program_gave()
    {
        using var key = Open(Script(PublicKey + "echo 'Not on a Friday.' >&2; exit 1"));

        var message = Refusal(() => key.Signer.Sign("m"u8));

        Assert.Contains("refused with exit code 1: Not on a Friday.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_complains_at_length_is_heard_to_its_end()
    {
        var script = Script(PublicKey + "echo 'No card.' >&2; head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 7");
        using var key = new ProgramKey(script, TimeSpan.FromSeconds(20)).Open(KeyAccess.Standard);

        var message = Refusal(() => key.Signer.Sign("m"u8));

        Assert.Contains("refused with exit code 7: No card.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo '<html>no</html>'")]
    [InlineData("true")]
    [InlineData("echo abc")]
    public void Garbage_is_no_signature(string print)
    {
        using var key = Open(Script(PublicKey + print));

        Assert.Contains("printed no signature", Refusal(() => key.Signer.Sign("m"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_is_no_public_key() =>
        Assert.Contains("can't be used as a key", Refusal(() => Open(Script("echo hello"))), StringComparison.Ordinal);

    [Fact]
    public void A_private_key_is_not_taken_for_a_public_one() =>
        Assert.Contains("printed a private key", Refusal(() => Open(Script("cat k.pem"))), StringComparison.Ordinal);

    [Fact]
    public void A_program_that_prints_without_end_is_stopped() =>
        Assert.Contains("printed more than", Refusal(() => Open(Script("yes"))), StringComparison.Ordinal);

    [Fact]
    public void A_program_that_hangs_is_stopped_and_so_is_what_it_started()
    {
        var script = Script("sleep 1000 & echo $! > child; wait");

        var message = Refusal(() => new ProgramKey(script, TimeSpan.FromSeconds(1)).Open(KeyAccess.Standard));

        Assert.Contains("did not end within 1 s", message, StringComparison.Ordinal);
        var child = File.ReadAllText(_directory.Of("child")).Trim();
        // Killed processes take a moment to be gone.
        Assert.True(SpinWait.SpinUntil(() => !IsAlive(child), TimeSpan.FromSeconds(20)), $"process {child} lives");
    }

    [Fact]
    public void A_program_that_does_not_read_its_message_may_still_sign_or_refuse()
    {
        using var key = Open(Script(PublicKey + "exit 3"));

        Assert.Contains("exit code 3", Refusal(() => key.Signer.Sign(new byte[1 << 20])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nonexistent/program")]
    [InlineData("prog 'unfinished")]
    public void What_is_no_program_is_refused(string command) => Refusal(() => Open(command));

    [Fact]
    public void The_mark_of_a_test_key_is_seen()
    {
        KeyFiles.Generate(_directory.Of("t.pem"), new NewKey(UpdateEngine.Tuf.Signing.KeyKind.Ed25519, null, true));

        var refused = Assert.Throws<UpdateException>(() =>
            SigningKeys.Open([$"exec:{Script("cat t.pub.pem")}"], KeyAccess.Standard)
        );

        Assert.Equal(ErrorCodes.TestKey, refused.Code);
    }

    private static SigningKey Open(string command) =>
        new ProgramKey(command, TimeSpan.FromMinutes(1)).Open(KeyAccess.Standard);

    private static string Refusal(Func<object> action) => Assert.Throws<UpdateException>(action).Message;

    private static bool IsAlive(string process)
    {
        try
        {
            // "Z": dead, and not yet collected by its parent.
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string Script(string body)
    {
        var path = _directory.Of("signer");
        File.WriteAllText(path, $"#!/bin/sh\ncd {_directory.Path}\n{body}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_000_000);
        return path;
    }

    public void Dispose() => _directory.Dispose();
}
