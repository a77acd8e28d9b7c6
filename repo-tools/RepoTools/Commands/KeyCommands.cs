using System.CommandLine;
using RepoTools.Keys;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <param name="KeyId">null, as the public half, for a key that a dry run did not make.</param>
internal sealed record KeyAnswer(
    string? KeyId,
    string KeyType,
    string Scheme,
    string? Public,
    bool Test,
    string? PrivateFile,
    string? PublicFile
);

internal sealed class KeyGenerateCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description =
            "Where the private key goes (mode 0600); the public one goes to FILE with .pub.pem instead of .pem.",
    };
    private readonly Option<string> _type = new("--type")
    {
        Description = "Kind of key.",
        HelpName = string.Join('|', KeyKinds.Names),
        DefaultValueFactory = _ => KeyKinds.Names[0],
    };
    private readonly Option<bool> _encrypt = new("--encrypt")
    {
        Description = "Encrypt the private key with a passphrase.",
    };
    private readonly Option<bool> _test = new("--test")
    {
        Description = "Mark both halves as a test key, which publishes nothing without --allow-test-keys.",
    };

    public KeyGenerateCommand()
        : base(
            "generate",
            "Make a key pair. Never overwrites a key.",
            """
            repo-tools key generate keys/root.pem --encrypt
            repo-tools key generate keys/targets.pem --type ecdsa-p256
            repo-tools key generate keys/trial.pem --test
            # The same key, read by openssl:
            openssl pkey -in keys/targets.pem -text -noout
            """
        )
    {
        _type.AcceptOnlyFromAmong([.. KeyKinds.Names]);
        Add(_file);
        Add(_type);
        Add(_encrypt);
        Add(KeyOptions.NewPassphraseFile());
        Add(_test);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var file = args.GetRequiredValue(_file);
        SigningKeySource.RequireFileName(file);
        // Before a person is asked for a passphrase.
        KeyFiles.RequireNew(file);
        var encrypt = args.GetValue(_encrypt) || KeyOptions.PassphraseFileOf(args) is not null;
        var passphrase = encrypt ? KeyOptions.PassphrasesOf(args).ForNew(file).Text : null;
        var wanted = new NewKey(KeyKinds.Of(args.GetRequiredValue(_type)), passphrase, args.GetValue(_test));
        var dry = DryRun.IsAsked(args);
        using var key = PrivateKey.Generate(wanted.Kind);
        if (!dry)
        {
            KeyFiles.Write(file, key, wanted);
        }

        var answer = KeyShowCommand.Describe(new FoundKey(key.PublicKey, wanted.IsTest)) with
        {
            PrivateFile = file,
            PublicFile = KeyFiles.PublicPathOf(file),
        };
        var how = encrypt ? "encrypted, mode 0600" : "mode 0600; keep it secret";
        var text = $"private key  {file} ({how})\npublic key   {answer.PublicFile}";
        return Task.FromResult(
            dry
                // This key is gone; the next one will have another id.
                ? DryRun.Print(args, answer with { KeyId = null, Public = null }, AnswersJson.Default.KeyAnswer, text)
                : DryRun.Print(args, answer, AnswersJson.Default.KeyAnswer, $"{text}\nkey id       {answer.KeyId}")
        );
    }
}

internal sealed class KeyShowCommand : ToolCommand
{
    private readonly Argument<string> _key = new("KEY")
    {
        Description = $"A private or public key. {SigningKeySource.Forms}.",
    };
    private readonly Option<string> _out = Inputs.File(
        "--out",
        "Write the public half here as well, in PEM: for `root create`."
    );

    public KeyShowCommand()
        : base(
            "show",
            "Print the id and the public half of a key.",
            """
            repo-tools key show keys/root.pem
            repo-tools key show keys/root.pub.pem --json
            repo-tools key show "pkcs11:token=publisher;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so" --out root.pub.pem
            repo-tools key show "exec:/usr/local/bin/sign-with-kms production" --out targets.pub.pem
            """
        )
    {
        Add(_key);
        Add(_out);
        Add(KeyOptions.NewPassphraseFile());
        Add(DryRun.NewOption());
    }

    public static KeyAnswer Describe(FoundKey found)
    {
        var (key, test) = found;
        return new KeyAnswer(key.ComputeKeyId(), key.KeyType, key.Scheme, key.Value, test, null, null);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var access = KeyOptions.Access(args) with { AllowTestKeys = true };
        var found = SigningKeySource.Parse(args.GetRequiredValue(_key)).ReadPublic(access);
        var answer = Describe(found);
        if (args.GetValue(_out) is { } path)
        {
            if (!DryRun.IsAsked(args))
            {
                KeyFiles.WritePublic(path, found);
            }

            answer = answer with { PublicFile = path };
        }

        var text =
            $"key id   {answer.KeyId}\ntype     {answer.KeyType}\nscheme   {answer.Scheme}\n"
            + $"{(answer.Test ? "test     yes\n" : "")}public   {answer.Public}";
        return Task.FromResult(DryRun.Print(args, answer, AnswersJson.Default.KeyAnswer, text));
    }
}
