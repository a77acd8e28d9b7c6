using System.Globalization;
using System.Text.RegularExpressions;

namespace SystemTests.Harness;

/// <summary>One system call of a traced program, by its effect on durability.</summary>
/// <param name="Call">"write", "flush" or "rename".</param>
/// <param name="Path">The file that it works on; of a rename the new name.</param>
/// <param name="Offset">Of a write, in bytes.</param>
internal sealed record SystemCall(string Call, string Path, long Offset);

/// <summary>What a program asks of the kernel, as strace(1) sees it.</summary>
internal static partial class SystemCalls
{
    /// <summary>Runs a program to its end under strace, which is not on every machine and may not be allowed: then the test is skipped.</summary>
    public static async Task<IReadOnlyList<SystemCall>> OfAsync(string trace, string program, params string[] args)
    {
        var strace = new[] { "/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(strace is null, "needs strace (Debian package strace)");
        var probe = await RunningProgram.RunAsync(strace, "-qq", "-e", "trace=fsync", "/bin/true");
        Assert.SkipUnless(probe.Code == 0, $"strace may not trace here: {probe.Error}");
        const string Traced = "trace=write,pwrite64,pwritev,fallocate,fsync,fdatasync,rename,renameat,renameat2";
        string[] options = ["-f", "-qq", "-y", "-s", "0", "-e", "signal=none", "-e", Traced, "-o", trace];
        (await RunningProgram.RunAsync(strace, [.. options, program, .. args])).Expect(0);
        return [.. Whole(await File.ReadAllLinesAsync(trace)).Select(Parse).OfType<SystemCall>()];
    }

    /// <summary>A call that others came in between is two lines. It counts where it ended, a write as well as a flush: nobody relied on it before.</summary>
    private static IEnumerable<string> Whole(IEnumerable<string> lines)
    {
        var begun = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var thread = line.Split(' ')[0];
            if (line.EndsWith(" <unfinished ...>", StringComparison.Ordinal))
            {
                begun[thread] = line[..^" <unfinished ...>".Length];
            }
            else if (line.Contains(" resumed>", StringComparison.Ordinal))
            {
                yield return begun[thread] + line[(line.IndexOf(" resumed>", StringComparison.Ordinal) + 9)..];
            }
            else
            {
                yield return line;
            }
        }
    }

    /// <returns>null for a call that failed.</returns>
    private static SystemCall? Parse(string line)
    {
        if (Rename().Match(line) is { Success: true } rename)
        {
            return new("rename", rename.Groups["path"].Value, 0);
        }

        var call = OnFile().Match(line);
        var path = call.Groups["path"].Value;
        return call.Groups["name"].Value switch
        {
            "fsync" or "fdatasync" => new("flush", path, 0),
            "pwrite64" or "pwritev" => new("write", path, Number(LastArgument().Match(line))),
            "fallocate" => new("write", path, Number(SecondToLastArgument().Match(line))),
            "write" => new("write", path, 0),
            _ => null,
        };
    }

    private static long Number(Match match) => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d+ +(?<name>\w+)\(\d+<(?<path>[^>]*)>.* = \d+$")]
    private static partial Regex OnFile();

    [GeneratedRegex("^\\d+ +rename\\w*\\(.*\"(?<path>[^\"]*)\"(, [\\w|]+)?\\) += 0$")]
    private static partial Regex Rename();

    [GeneratedRegex(@", (\d+)\) += \d+$")]
    private static partial Regex LastArgument();

    [GeneratedRegex(@", (\d+), \d+\) += 0$")]
    private static partial Regex SecondToLastArgument();
}
