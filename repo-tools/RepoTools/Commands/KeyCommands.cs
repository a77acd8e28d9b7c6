using System.CommandLine;
using RepoTools.Keys;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record KeyAnswer(string KeyId, string KeyType, string Public, string? PrivateFile, string? PublicFile);

internal sealed class KeyGenerateCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description =
            "Where the private key goes (mode 0600); the public one goes to FILE with .pub.pem instead of .pem.",
    };

    public KeyGenerateCommand()
        : base(
            "generate",
            "Make an ed25519 key pair. Never overwrites a key.",
            """
            repo-tools key generate keys/root.pem
            # The same key, read by openssl:
            openssl pkey -in keys/root.pem -text -noout
            """
        ) => Add(_file);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var file = args.GetRequiredValue(_file);
        var (key, publicFile) = KeyFiles.Generate(file);
        var answer = new KeyAnswer(key.ComputeKeyId(), key.KeyType, key.Value, file, publicFile);
        var text =
            $"private key  {file} (mode 0600; keep it secret)\npublic key   {publicFile}\nkey id       {answer.KeyId}";
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.KeyAnswer, text));
    }
}

internal sealed class KeyShowCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "A private or public key in PEM." };

    public KeyShowCommand()
        : base(
            "show",
            "Print the id and the public half of a key.",
            """
            repo-tools key show keys/root.pem
            repo-tools key show keys/root.pub.pem --json
            """
        ) => Add(_file);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var key = KeyFiles.ReadPublic(args.GetRequiredValue(_file));
        var answer = new KeyAnswer(key.ComputeKeyId(), key.KeyType, key.Value, null, null);
        var text = $"key id   {answer.KeyId}\ntype     {answer.KeyType}\npublic   {answer.Public}";
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.KeyAnswer, text));
    }
}
