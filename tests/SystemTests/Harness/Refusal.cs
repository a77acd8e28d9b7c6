namespace SystemTests.Harness;

/// <summary>What every refusal must be: the right exit code, one clear sentence with its next step on standard error, nothing of the framework's.</summary>
internal static class Refusal
{
    private static readonly string[] s_internals = ["   at ", "Exception", "System.", "UpdateEngine.", "Unexpected"];

    /// <param name="names">What the sentence must name: the file, the field, the version.</param>
    public static RunResult IsClear(RunResult result, int code, params string[] names)
    {
        result.Expect(code);
        Assert.Empty(result.Out);
        return Says(result, names);
    }

    /// <summary>A result that is no failure of anything ("there is none for you now"): said on standard output, with nothing on standard error.</summary>
    public static RunResult IsClearAnswer(RunResult result, int code, params string[] says)
    {
        result.Expect(code);
        Assert.True(result.Error.Length == 0, $"nothing on standard error\n{result}");
        foreach (var text in says)
        {
            Assert.True(result.Out.Contains(text, StringComparison.Ordinal), $"it must say \"{text}\"\n{result}");
        }

        return result;
    }

    /// <summary>As <see cref="IsClear"/>, but there may be progress before it, and an answer on standard output.</summary>
    public static RunResult Says(RunResult result, params string[] names)
    {
        var lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length == 1, $"one line on standard error, not {lines.Length}\n{result}");
        Assert.True(lines[0].Length is > 10 and < 700, $"one sentence\n{result}");
        Assert.True(lines[0].EndsWith('.') || lines[0].EndsWith('`'), $"a sentence ends with a stop\n{result}");
        Assert.DoesNotContain("..", lines[0].Replace("...", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var text in s_internals)
        {
            Assert.False(
                result.Error.Contains(text, StringComparison.Ordinal),
                $"\"{text}\" is for programmers\n{result}"
            );
        }

        foreach (var name in names)
        {
            Assert.True(result.Error.Contains(name, StringComparison.Ordinal), $"it must name \"{name}\"\n{result}");
        }

        return result;
    }
}
