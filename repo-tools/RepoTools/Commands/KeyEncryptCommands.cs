using System.CommandLine;
using RepoTools.Keys;

namespace RepoTools.Commands;

internal sealed record KeyEncryptionAnswer(string File, bool Encrypted);

internal sealed class KeyEncryptCommand : ToolCommand
{
    private const string NewVariable = "REPO_TOOLS_NEW_PASSPHRASE";

    private readonly Argument<string> _file = new("FILE") { Description = "A private key." };
    private readonly Option<string?> _new = new("--new-passphrase-file")
    {
        Description =
            $"File whose first line is the new passphrase. Otherwise {NewVariable} is taken, or the terminal asked.",
        HelpName = "FILE",
    };

    public KeyEncryptCommand()
        : base(
            "encrypt",
            "Encrypt a private key in its place, or change the passphrase of one that is encrypted. The old form is gone afterwards, but a medium may "
                + "keep what was deleted: a key that matters is best made with `key generate --encrypt`.",
            """
            repo-tools key encrypt keys/root.pem
            repo-tools key encrypt keys/root.pem --passphrase-file old.txt --new-passphrase-file new.txt
            """
        )
    {
        Add(_file);
        Add(_new);
        Add(KeyOptions.NewPassphraseFile());
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var file = args.GetRequiredValue(_file);
        var pem = KeyFiles.Read(file);
        using var key = pem.ReadPrivate(KeyOptions.PassphrasesOf(args));
        var passphrase = new Passphrases(_new.Name, args.GetValue(_new), NewVariable).ForNew(file);
        if (!DryRun.IsAsked(args))
        {
            KeyFiles.Rewrite(file, key, passphrase.Text, pem.IsTest);
        }

        var answer = new KeyEncryptionAnswer(file, Encrypted: true);
        return Task.FromResult(
            DryRun.Print(args, answer, AnswersJson.Default.KeyEncryptionAnswer, $"{file}: encrypted, mode 0600")
        );
    }
}

internal sealed class KeyDecryptCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "An encrypted private key." };

    public KeyDecryptCommand()
        : base(
            "decrypt",
            "Write an encrypted private key back without its encryption, in its place.",
            "repo-tools key decrypt keys/timestamp.pem --passphrase-file passphrase.txt"
        )
    {
        Add(_file);
        Add(KeyOptions.NewPassphraseFile());
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var file = args.GetRequiredValue(_file);
        var pem = KeyFiles.Read(file);
        using var key = pem.ReadPrivate(KeyOptions.PassphrasesOf(args));
        if (!DryRun.IsAsked(args))
        {
            KeyFiles.Rewrite(file, key, passphrase: null, pem.IsTest);
        }

        var answer = new KeyEncryptionAnswer(file, Encrypted: false);
        return Task.FromResult(
            DryRun.Print(
                args,
                answer,
                AnswersJson.Default.KeyEncryptionAnswer,
                $"{file}: not encrypted any more, mode 0600; keep it secret"
            )
        );
    }
}
