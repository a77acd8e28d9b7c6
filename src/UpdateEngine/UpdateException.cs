namespace UpdateEngine;

/// <summary>
/// A refusal or failure that a person has to be told about: one sentence with the name of the thing and the reason, and the next step.
/// Results that are no failure ("no update", "refused by policy") are values, not exceptions.
/// </summary>
public sealed class UpdateException : Exception
{
    /// <summary>Of a message, in characters; far more than a sentence.</summary>
    public const int MaxLength = 2000;

    /// <param name="code">Which cause this is; stable across releases (docs/errors.md).</param>
    /// <param name="message">One sentence that names the file, field, slot or role, and says why.</param>
    /// <param name="nextStep">What the reader can do now, as one sentence; null where only waiting helps.</param>
    /// <param name="inner">The cause below, kept for logs; never shown to a user.</param>
    public UpdateException(ErrorCode code, string message, string? nextStep = null, Exception? inner = null)
        : base(Shown(message), inner)
    {
        Code = code;
        NextStep = nextStep is null ? null : Shown(nextStep);
    }

    public ErrorCode Code { get; }

    public string? NextStep { get; }

    // Parts of it may be a stranger's: what is wrong with metadata is told before its signatures are checked.
    private static string Shown(string text) =>
        PlainText.Of(text.Length > MaxLength ? text[..MaxLength] + "..." : text);
}
