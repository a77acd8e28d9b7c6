using System.Text.Json;
using UpdateEngine.Tuf.Consensus;

namespace UpdateEngine.Tuf;

/// <summary>
/// Why metadata or a target was refused, or could not be had. The message is one sentence; <see cref="Code"/> is stable across
/// releases; the facts are properties of the derived types. What a stranger wrote, such as a role's name, stands in the message without
/// control characters, and at a bounded length; <see cref="Subject"/> has it as it is. No other exception leaves this library, except
/// <see cref="OperationCanceledException"/> and argument errors.
/// </summary>
public abstract class TufException : Exception
{
    private protected TufException(string code, string message, Exception? inner = null)
        : base(PlainText.Of(message), inner) => Code = code;

    /// <summary>A stable name for the cause, such as <c>tuf-expired</c>.</summary>
    public string Code { get; }

    /// <summary>The role, target or file that it is about; null where there is none.</summary>
    public string? Subject { get; private protected init; }
}

/// <summary>Metadata is past its expiry at the time of the refresh.</summary>
public sealed class ExpiredException : TufException
{
    public ExpiredException(string role, long version, DateTimeOffset expires, DateTimeOffset now)
        : base(
            "tuf-expired",
            $"{role} version {version} expired at {Rfc3339.Format(expires)}; the time is {Rfc3339.Format(now)}."
        )
    {
        Subject = role;
        Version = version;
        Expires = expires;
        Now = now;
    }

    public long Version { get; }

    public DateTimeOffset Expires { get; }

    public DateTimeOffset Now { get; }
}

/// <summary>The repository offers something older than what is trusted already, or dropped a role that it listed before.</summary>
public sealed class RollbackException : TufException
{
    /// <param name="role">The role whose version went backwards.</param>
    /// <param name="trusted">The version that was seen before.</param>
    /// <param name="offered">The version that is offered now; 0 when the role is gone.</param>
    /// <param name="staleMirror">True when the offer has not expired: a mirror or cache that lags, more likely than an attack.</param>
    public RollbackException(string role, long trusted, long offered, bool staleMirror = false)
        : base(staleMirror ? "tuf-stale-mirror" : "tuf-rollback", Describe(role, trusted, offered, staleMirror))
    {
        Subject = role;
        TrustedVersion = trusted;
        OfferedVersion = offered;
        StaleMirror = staleMirror;
    }

    public long TrustedVersion { get; }

    public long OfferedVersion { get; }

    public bool StaleMirror { get; }

    private static string Describe(string role, long trusted, long offered, bool staleMirror)
    {
        if (offered == 0)
        {
            return $"{role} version {trusted} is trusted, but the repository no longer lists it.";
        }

        var cause = staleMirror ? "The mirror lags, try again later: it" : "The repository";
        return $"{cause} offers {role} version {offered}, older than the trusted version {trusted}.";
    }
}

/// <summary>Too few valid signatures by distinct keys of the role.</summary>
public sealed class ThresholdException : TufException
{
    public ThresholdException(string role, string delegator, int valid, long threshold)
        : base(
            "tuf-threshold",
            $"{role} carries {valid} valid signature(s) by distinct keys that {delegator} names, and needs {threshold}."
        )
    {
        Subject = role;
        Delegator = delegator;
        Valid = valid;
        Threshold = threshold;
    }

    /// <summary>Whose keys were asked: "root version 3".</summary>
    public string Delegator { get; }

    public int Valid { get; }

    public long Threshold { get; }
}

/// <summary>Of several repositories too few vouch for one and the same file (TAP 4).</summary>
public sealed class NoAgreementException : TufException
{
    public NoAgreementException(string target, IReadOnlyList<FailedMapping> mappings)
        : base(
            "tuf-no-agreement",
            $"The repositories do not agree on {target}: {string.Join("; ", mappings.Select(Describe))}."
        )
    {
        Subject = target;
        Mappings = mappings;
    }

    /// <summary>The mappings that are for the target, as far as they were tried, with what each repository said.</summary>
    public IReadOnlyList<FailedMapping> Mappings { get; }

    private static string Describe(FailedMapping mapping)
    {
        var reasons = mapping.Answers.Select(answer => $"'{answer.Repository}' {answer.Reason}");
        return $"mapping {mapping.Number} needs {mapping.Threshold} of {mapping.Answers.Count}, but {string.Join(", and ", reasons)}";
    }
}

/// <summary>The metadata names a version other than the one that it was asked for or announced as.</summary>
public sealed class VersionMismatchException : TufException
{
    public VersionMismatchException(string role, long expected, long actual)
        : base("tuf-version-mismatch", $"{role} should be version {expected}, but says version {actual}.")
    {
        Subject = role;
        Expected = expected;
        Actual = actual;
    }

    public long Expected { get; }

    public long Actual { get; }
}

/// <summary>The repository (or the local store) has no such file.</summary>
public sealed class NotFoundException : TufException
{
    public NotFoundException(string subject, string message)
        : base("tuf-not-found", message) => Subject = subject;
}

/// <summary>A download is longer than its limit; it was cut off there.</summary>
public sealed class TooLargeException : TufException
{
    public TooLargeException(string subject, long limit)
        : base("tuf-too-large", $"{subject} is longer than its limit of {limit} bytes.")
    {
        Subject = subject;
        Limit = limit;
    }

    /// <summary>In bytes.</summary>
    public long Limit { get; }
}

/// <summary>The bytes are not the signed ones: another length, or another digest.</summary>
public sealed class LengthOrDigestMismatchException : TufException
{
    public LengthOrDigestMismatchException(string subject, string what, string expected, string actual)
        : base("tuf-mismatch", $"{subject} has {what} {actual}, but {expected} was signed.")
    {
        Subject = subject;
        What = what;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>"length", "sha256" or "sha512".</summary>
    public string What { get; }

    public string Expected { get; }

    public string Actual { get; }
}

/// <summary>The repository could not be reached, answered with an error, or did not bring a transfer to its end, after all retries.</summary>
public sealed class TransportException : TufException
{
    public TransportException(string subject, string message, int? status = null, Exception? inner = null)
        : base("tuf-transport", message, inner)
    {
        Subject = subject;
        Status = status;
    }

    /// <summary>The HTTP status, when there was one.</summary>
    public int? Status { get; }

    /// <summary>Worth another attempt at the same server: no answer, 5xx or 429, a transfer that broke off or stalled.</summary>
    public bool IsTransient { get; internal init; }
}

/// <summary>A file of the local store is not what was written there. The message names the file and the way out.</summary>
public sealed class StoreCorruptException : TufException
{
    public StoreCorruptException(string path, string message, Exception? inner = null)
        : base("tuf-store-corrupt", message, inner) => Subject = path;
}

/// <summary>The local store could not be read or written: permissions, no space, a broken medium.</summary>
public sealed class StoreFailedException : TufException
{
    public StoreFailedException(string path, string message, Exception? inner = null)
        : base("tuf-store-failed", message, inner) => Subject = path;
}

/// <summary>Metadata, a key or a name of the wrong shape. Nothing of it was used.</summary>
public sealed class MetadataMalformedException : TufException
{
    public MetadataMalformedException(string subject, string detail, Exception? inner = null)
        : base("tuf-malformed", $"{subject} is malformed: {detail}", inner) => (Subject, Detail) = (subject, detail);

    /// <summary>What is wrong with it, for a sentence that names it otherwise: "it is empty, where JSON is expected."</summary>
    public string Detail { get; }

    /// <summary>What the JSON reader and our own shape checks throw inside a parser; each becomes this type at its border.</summary>
    internal static bool IsCausedBy(Exception error) =>
        error is JsonException or InvalidOperationException or FormatException or OverflowException;

    internal static MetadataMalformedException From(string subject, Exception error) =>
        new(subject, DetailOf(error), error);

    // The JSON reader has words of its own for programmers; it counts lines and bytes from zero. Our checks name no place.
    private static string DetailOf(Exception error) =>
        error switch
        {
            JsonException { LineNumber: not null }
                when error.Message.Contains("JSON tokens", StringComparison.Ordinal) =>
                "it is empty, where JSON is expected.",
            JsonException { LineNumber: not null }
                when error.Message.Contains("maximum configured depth", StringComparison.Ordinal) =>
                "it is nested too deeply.",
            JsonException { LineNumber: { } line, BytePositionInLine: { } at } =>
                $"it is not valid JSON (line {line + 1}, byte {at + 1}).",
            InvalidOperationException => "a field has a value of another type than it must have.",
            _ => error.Message,
        };
}

/// <summary>libsodium cannot be loaded, or is not the library that this code was written for.</summary>
public sealed class CryptographyUnavailableException : TufException
{
    public CryptographyUnavailableException(string message, Exception? inner = null)
        : base("tuf-no-cryptography", message, inner) { }
}
