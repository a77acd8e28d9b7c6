using System.Buffers;
using System.Globalization;
using System.Text;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;

namespace RepoTools.Delegating;

/// <summary>
/// A list of targets whose files lie elsewhere, in an object store for example: one a line, NAME, LENGTH in bytes and SHA-256 in lower-case
/// hexadecimal, with a tab between them. Names may hold spaces. Empty lines are skipped.
/// </summary>
internal static class TargetList
{
    /// <summary>Some ten million lines.</summary>
    public const long MaxBytes = 1L << 30;

    private const int HexOfSha256 = 64;
    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/>, with the file and the line.</exception>
    public static IEnumerable<(TargetName Name, DraftTarget Target)> Parse(string path, byte[] bytes)
    {
        using var reader = new StreamReader(
            new MemoryStream(bytes),
            new UTF8Encoding(false, throwOnInvalidBytes: false)
        );
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
            {
                yield return ParseLine(path, number, line);
            }
        }
    }

    private static (TargetName, DraftTarget) ParseLine(string path, int number, string line)
    {
        var fields = line.Split('\t');
        if (
            fields.Length != 3
            || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || fields[2].Length != HexOfSha256
            || fields[2].AsSpan().ContainsAnyExcept(s_hexadecimal)
        )
        {
            throw Refused(path, number, "it is not NAME, LENGTH and SHA-256 with tabs between them");
        }

        try
        {
            return (new TargetName(fields[0]), new DraftTarget(length, fields[2], Elsewhere: true));
        }
        catch (MetadataMalformedException e)
        {
            throw Refused(path, number, e.Message.TrimEnd('.'));
        }
    }

    private static UpdateException Refused(string path, int number, string why) =>
        new(
            ErrorCodes.Usage,
            $"Line {number.ToString(CultureInfo.InvariantCulture)} of {path} can't be used: {why}.",
            "A line looks like apps/x.bin<TAB>1024<TAB>64 lower-case hexadecimal digits."
        );
}
