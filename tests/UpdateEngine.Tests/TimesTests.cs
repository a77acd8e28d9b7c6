namespace UpdateEngine.Tests;

public sealed class TimesTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData(" 1h30m ", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("3660d", 316_224_000)]
    [InlineData("0s", 0)]
    [InlineData("36501d", null)]
    [InlineData("36500d1s", null)]
    [InlineData("999999999d", null)]
    [InlineData("9999999999s", null)]
    [InlineData("", null)]
    [InlineData("5", null)]
    [InlineData("h", null)]
    [InlineData("-5s", null)]
    [InlineData("5 s", null)]
    [InlineData("5x", null)]
    public void Spans_are_read_within_bounds(string text, int? seconds) =>
        Assert.Equal(seconds, Times.TryParseSpan(text, out var span) ? (int)span.TotalSeconds : null);

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(42, "42 s")]
    [InlineData(60, "1 min")]
    [InlineData(7800, "2 h 10 min")]
    [InlineData(7200, "2 h")]
    [InlineData(273_600, "3 d 4 h")]
    public void Spans_are_told_with_their_two_largest_units(int seconds, string text) =>
        Assert.Equal(text, Times.Span(TimeSpan.FromSeconds(seconds)));
}
