using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>Where the PIN of a token comes from: a file that its URI names, an environment variable, or the person at the terminal.</summary>
internal static class Pins
{
    public const string Variable = "REPO_TOOLS_PIN";

    private const int MaxBytes = 4096;

    public static string Of(TokenUri uri)
    {
        if (uri.PinValue is { } value)
        {
            return value;
        }

        if (uri.PinSource is { } source)
        {
            var path = source.StartsWith("file:", StringComparison.Ordinal)
                ? FilePath(source["file:".Length..])
                : source;
            var pin = SecretText.FirstLine(Files.Read(path, MaxBytes, "Write the PIN into it, mode 0600."));
            SecretText.WarnIfExposed(path, "PIN");
            return pin;
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return given;
        }

        return Prompt.IsPossible
            ? Prompt.AskSecret($"PIN of {uri.Name}: ")
            : throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"A PIN is needed for {uri.Name}, and there is no terminal to ask for it.",
                $"Add pin-source=file:PATH to it, or set {Variable}."
            );
    }

    // "file:/etc/pin" and "file:///etc/pin" are the same file.
    private static string FilePath(string rest) => rest.StartsWith("///", StringComparison.Ordinal) ? rest[2..] : rest;
}
