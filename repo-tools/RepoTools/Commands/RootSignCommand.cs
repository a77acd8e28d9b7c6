using System.CommandLine;
using RepoTools.Keys;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class RootSignCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description = "Root metadata, as `root create` writes it.",
    };
    private readonly Option<string[]> _keys = Inputs.Keys("--key", "A private root key.");

    public RootSignCommand()
        : base(
            "sign",
            "Sign root metadata. Each signature is verified once it is made; keys that signed before stay, so several people can sign in turn.",
            """
            repo-tools root sign root.json --key keys/root1.pem
            repo-tools root sign root.json --key keys/root2.pem
            """
        )
    {
        Add(_file);
        Add(_keys);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var root = RootFile.Read(path);
        using var keys = Inputs.Signers(args, _keys);
        RootFile.Sign(root, path, [.. keys.Select(k => (k.File, k.Signer))]);
        Files.Write(path, root.ToBytes());
        var answer = RootReport.Of(root, path);
        var missing = answer.Threshold - answer.Signatures;
        var next = missing > 0 ? $"\nStill missing: {missing} signature(s) by other root keys." : "";
        return Task.FromResult(
            Answer.Print(args, answer, AnswersJson.Default.RootAnswer, $"{path}: {RootReport.Signatures(answer)}{next}")
        );
    }
}

internal sealed class RootShowCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Root metadata." };

    public RootShowCommand()
        : base(
            "show",
            "Print who may sign what, and how many valid signatures there are.",
            "repo-tools root show root.json"
        ) => Add(_file);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var path = args.GetRequiredValue(_file);
        var answer = RootReport.Of(RootFile.Read(path), path);
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.RootAnswer, RootReport.Text(answer)));
    }
}
