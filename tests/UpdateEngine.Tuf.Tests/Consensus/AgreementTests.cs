using System.Text;
using UpdateEngine.Tuf.Consensus;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Consensus;

/// <summary>Descriptions as "length sha256 sha512", each digest a letter or "-"; repositories are called a, b, c... in their order.</summary>
public sealed class AgreementTests
{
    [Theory]
    [InlineData("1 x -|1 x -", 2, "ab")]
    [InlineData("1 x -|2 x -", 2, null)]
    [InlineData("1 x -|1 y -", 2, null)]
    [InlineData("1 x -|1 x s", 2, "ab")]
    [InlineData("1 x s|1 x -", 2, "ab")]
    [InlineData("1 x s|1 x t", 2, null)]
    [InlineData("1 x s|1 y s", 2, null)]
    [InlineData("1 x -|1 - s", 2, null)]
    [InlineData("1 - s|1 - s", 2, "ab")]
    [InlineData("1 - -|1 - -", 2, null)]
    [InlineData("1 - -", 1, null)]
    public void Two_agree_when_they_share_a_digest_and_contradict_nowhere(
        string answers,
        int threshold,
        string? expected
    ) => Assert.Equal(expected, Find(answers, threshold));

    [Theory]
    [InlineData("1 x -|1 x s|1 - s", 2, "ab")]
    [InlineData("1 x -|1 x s|1 - s", 3, null)]
    [InlineData("1 - s|1 x -|1 x s", 2, "bc")]
    [InlineData("1 x s|1 x t|1 x -", 2, "ac")]
    public void One_that_agrees_with_two_others_does_not_make_them_agree(
        string answers,
        int threshold,
        string? expected
    ) => Assert.Equal(expected, Find(answers, threshold));

    [Fact]
    public void A_set_that_agrees_is_found_among_contradictions() =>
        // Taking whoever fits next would stop at three from every beginning.
        Assert.Equal("cdef", Find("1 - s|1 x t|1 x -|1 x -|1 x s|1 x s", 4));

    [Theory]
    [InlineData("1 x -|1 y -|1 y -", 1, "a")]
    [InlineData("1 x -|1 y -|1 y -|1 x -", 2, "bc")]
    [InlineData("1 y -|1 x -|1 y -|1 x -", 2, "ac")]
    [InlineData("1 x -|1 x s|1 y -", 1, "ab")]
    [InlineData("null|1 x -|null|1 x -", 2, "bd")]
    public void Of_two_sets_the_one_that_is_complete_first_wins(string answers, int threshold, string? expected) =>
        Assert.Equal(expected, Find(answers, threshold));

    [Fact]
    public void What_is_agreed_on_has_all_digests_that_any_of_them_lists_and_nobodys_custom_data()
    {
        RepositoryAnswer[] answers = [Answer("a", "1 x -"), Answer("b", "1 x s")];
        var (target, members) = Agreement.Find(answers, 2)!.Value;
        Assert.Equal(["md5", "sha256", "sha512"], target.Hashes.Values.Keys.Order(StringComparer.Ordinal));
        Assert.Null(target.Custom);
        Assert.All(members, member => Assert.NotNull(member.Target!.Custom));
    }

    private static string? Find(string answers, int threshold)
    {
        var given = answers.Split('|').Select((text, i) => Answer(((char)('a' + i)).ToString(), text)).ToArray();
        return Agreement.Find(given, threshold) is { } found
            ? string.Concat(found.Members.Select(member => member.Repository))
            : null;
    }

    private static RepositoryAnswer Answer(string name, string text)
    {
        if (text is "null")
        {
            return new RepositoryAnswer(name, null, null);
        }

        var parts = text.Split(' ');
        var hashes = new List<string> { "\"md5\":\"00\"" };
        foreach (
            var (algorithm, digit, length) in (ReadOnlySpan<(string, string, int)>)
                [("sha256", parts[1], 64), ("sha512", parts[2], 128)]
        )
        {
            if (digit is not "-")
            {
                hashes.Add(
                    $"\"{algorithm}\":\"{string.Concat(Enumerable.Repeat($"{(int)digit[0]:x2}", length / 2))}\""
                );
            }
        }

        var listed = string.Join(',', hashes);
        var json = $$"""{"length":{{parts[0]}},"hashes":{ {{listed}} },"custom":{"of":"{{name}}"} }""";
        var reader = new FieldReader(Encoding.UTF8.GetBytes(json));
        return new RepositoryAnswer(name, TargetFile.Read(ref reader, "t"), null);
    }
}
