using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Keys;

/// <param name="Text">Never empty.</param>
/// <param name="Origin">For messages: "the file p.txt".</param>
internal sealed record Passphrase(string Text, string Origin);

/// <summary>
/// Where passphrases come from: the file of an option, an environment variable, or else the person at the terminal. Never from the command line,
/// which every user of the machine can read.
/// </summary>
/// <param name="option">"--passphrase-file"</param>
/// <param name="file">What was given for it; null for nothing.</param>
/// <param name="variable">Of the environment.</param>
internal sealed class Passphrases(string option, string? file, string variable)
{
    public const string Variable = "REPO_TOOLS_PASSPHRASE";

    private const int MaxBytes = 4096;

    /// <summary>From the environment or the terminal only.</summary>
    public static Passphrases Standard { get; } = new("--passphrase-file", null, Variable);

    /// <summary>Of a key that is there already.</summary>
    /// <param name="key">Its file, for the question.</param>
    public Passphrase Of(string key) => Given() ?? Asked($"Passphrase of {key}: ", key);

    /// <summary>For a key to be written: asked for twice, since a slip of the finger would lose the key.</summary>
    public Passphrase ForNew(string key)
    {
        if (Given() is { } given)
        {
            return given;
        }

        var first = Asked($"New passphrase of {key}: ", key);
        return Asked("The same again: ", key).Text == first.Text
            ? first
            : throw Unusable("The two passphrases differ.", "Run the command again; nothing was written.");
    }

    private Passphrase? Given()
    {
        if (file is not null)
        {
            var text = SecretText.FirstLine(Files.Read(file, MaxBytes, "Write the passphrase into it, mode 0600."));
            SecretText.WarnIfExposed(file, "passphrase");
            return NotEmpty(text, $"the file {file}");
        }

        return Environment.GetEnvironmentVariable(variable) is { } value
            ? NotEmpty(value, $"the environment variable {variable}")
            : null;
    }

    private Passphrase Asked(string question, string key)
    {
        if (!Prompt.IsPossible)
        {
            throw Unusable(
                $"A passphrase is needed for {key}, and there is no terminal to ask for it.",
                $"Give {option} FILE or set {variable}."
            );
        }

        return NotEmpty(Prompt.AskSecret(question), "the terminal");
    }

    private static Passphrase NotEmpty(string text, string origin) =>
        text.Length > 0
            ? new Passphrase(text, origin)
            : throw Unusable($"The passphrase from {origin} is empty.", "Write it on the first line.");

    private static UpdateException Unusable(string message, string? next) => new(ErrorCodes.KeyUnusable, message, next);
}
