using System.Diagnostics;

namespace UpdateEngine.Tuf.Tests;

/// <summary>Programs of this repository as they were built beside the tests, and files of the checkout.</summary>
internal static class BuiltProgram
{
    public static string Checkout { get; } = FindCheckout();

    public static string ConformanceClient { get; } = Built("tests/TufConformanceClient", "tuf-conformance-client");

    public static string Example { get; } = Built("docs/examples/tuf-client", "tuf-client-example");

    public static Process Start(string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    public static async Task<(int ExitCode, string Error)> RunAsync(
        string program,
        string directory,
        params string[] arguments
    )
    {
        using var process = Start(program, directory, arguments);
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }

    // Of the same configuration and framework: .../bin/Release/net10.0/.
    private static string Built(string project, string program)
    {
        var framework = AppContext.BaseDirectory.TrimEnd('/');
        var configuration = Path.GetDirectoryName(framework)!;
        return Path.Join(
            Checkout,
            project,
            "bin",
            Path.GetFileName(configuration),
            Path.GetFileName(framework),
            program
        );
    }

    private static string FindCheckout()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "UpdateEngine.sln")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }
}
