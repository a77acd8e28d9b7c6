using System.Diagnostics;
using System.Text.Json;
using RepoTools.Keys;
using UpdateEngine.Terminal;

// Commands write to the console; a test that reads it must be alone.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]

namespace RepoTools.Tests.Simulators;

/// <summary>What a command answered.</summary>
internal sealed record ToolResult(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;
}

/// <summary>Runs the whole program in this process: command line, error handling, exit code.</summary>
internal static class Tool
{
    public static async Task<ToolResult> RunAsync(TimeProvider time, params string[] args)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var capturedOut = new StringWriter();
        using var capturedError = new StringWriter();
        Console.SetOut(capturedOut);
        Console.SetError(capturedError);
        try
        {
            var code = await CommandHost.RunAsync(CommandTree.Build(time), args);
            return new ToolResult(code, capturedOut.ToString(), capturedError.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    /// <summary>The program itself, for tests that end it.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "repo-tools");

    /// <summary>Another program, as a witness of what ours wrote.</summary>
    public static async Task<ToolResult> WitnessAsync(string program, params string[] args)
    {
        var info = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        if (File.Exists($"/usr/sbin/{program}"))
        {
            info.FileName = $"/usr/sbin/{program}";
        }

        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolResult(process.ExitCode, output, await error);
    }
}

internal sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>A directory for one test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("repo-tools-test").FullName;

    public string Path { get; }

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A file of pseudo-random bytes that end in zeros, the same for the same seed.</summary>
    public string Image(string name, int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes.AsSpan(0, length - length / 4));
        File.WriteAllBytes(Of(name), bytes);
        return Of(name);
    }

    public string Key(string name)
    {
        KeyFiles.Generate(Of(name));
        return Of(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
