namespace UpdateEngine.Tests;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain, with \u00e4 and \u65e5", "plain, with \u00e4 and \u65e5")]
    [InlineData("\u001b[2Jgone\u0007", "?[2Jgone?")]
    [InlineData("\u009b31mred\u007f", "?31mred?")]
    [InlineData("a line\r\nError: another\tone", "a line  Error: another one")]
    [InlineData("\u202egnp.exe\u2066", "?gnp.exe?")]
    public void What_a_terminal_or_a_log_would_obey_is_replaced(string given, string shown) =>
        Assert.Equal(shown, PlainText.Of(given));

    [Fact]
    public void A_refusal_never_carries_what_a_stranger_put_into_its_text()
    {
        var error = new UpdateException(ErrorCodes.ManifestInvalid, "key \u001b]0;x\u0007", "look\nhere");
        Assert.Equal(("key ?]0;x?", "look here"), (error.Message, error.NextStep));
        var endless = new UpdateException(ErrorCodes.ManifestInvalid, new string('x', 1_000_000));
        Assert.Equal(UpdateException.MaxLength + 3, endless.Message.Length);
    }
}
