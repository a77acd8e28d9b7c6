using System.CommandLine;
using RepoTools.Keys;

namespace RepoTools.Commands;

/// <summary>An option whose values are keys. A command that has one gets the options of <see cref="KeyOptions"/> as well.</summary>
internal sealed class KeyOption(string name) : Option<string[]>(name);

/// <summary>As <see cref="KeyOption"/>, for one key.</summary>
internal sealed class OneKeyOption(string name) : Option<string>(name);

/// <summary>How keys are opened: the same options on every command that opens some.</summary>
internal static class KeyOptions
{
    private const string PassphraseFile = "--passphrase-file";
    private const string AllowTestKeys = "--allow-test-keys";

    // One for each command: a shared one would keep every command tree that was ever built.
    public static Option<string?> NewPassphraseFile() =>
        new(PassphraseFile)
        {
            Description =
                $"File whose first line is the passphrase of the encrypted keys. Otherwise {Passphrases.Variable} is taken, or the terminal asked.",
            HelpName = "FILE",
        };

    public static void Install(Command command)
    {
        if (command.Options.Any(option => option is KeyOption or OneKeyOption))
        {
            command.Add(NewPassphraseFile());
            command.Add(
                new Option<bool>(AllowTestKeys)
                {
                    Description = "Take keys made with `key generate --test`, which are refused otherwise.",
                }
            );
        }

        foreach (var below in command.Subcommands)
        {
            Install(below);
        }
    }

    public static KeyAccess Access(ParseResult args) =>
        new(PassphrasesOf(args), AllowTestKeys: args.GetValue<bool>(AllowTestKeys));

    public static Passphrases PassphrasesOf(ParseResult args) =>
        new(PassphraseFile, PassphraseFileOf(args), Passphrases.Variable);

    public static string? PassphraseFileOf(ParseResult args) => args.GetValue<string?>(PassphraseFile);
}
