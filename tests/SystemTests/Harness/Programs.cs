namespace SystemTests.Harness;

/// <summary>
/// Where the programs lie: in the same configuration as these tests, unless UPDATE_ENGINE_PROGRAMS names a folder with them as they ship (they start in half
/// the time, and `./build.sh test` means those); or on the machine.
/// </summary>
internal static class Programs
{
    public static string Repository { get; } = FindRepository();

    public static string Updatectl { get; } = Built("src/UpdateEngine.Cli", "updatectl");
    public static string Daemon { get; } = Built("src/UpdateEngine.Daemon", "update-engine");
    public static string BootSelector { get; } = Built("src/UpdateEngine.BootSelector", "boot-selector");
    public static string RepoTools { get; } = Built("repo-tools/RepoTools", "repo-tools");

    /// <summary>A program of the machine. Debian keeps some where only root's PATH looks.</summary>
    public static string Machine(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The system tests need the program {name}; install it.");

    private static string Built(string project, string program)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_ENGINE_PROGRAMS") is { Length: > 0 } shipped)
        {
            return Path.Combine(Repository, shipped, program);
        }

        // <repository>/tests/SystemTests/bin/<configuration>/net10.0/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(Repository, project, "bin", output.Parent!.Name, output.Name, program);
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"The program {path} is not there; build the solution in the configuration {output.Parent.Name} first."
            );
    }

    private static string FindRepository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; )
        {
            if (File.Exists(Path.Combine(directory.FullName, "UpdateEngine.sln")))
            {
                return directory.FullName;
            }

            directory = directory.Parent;
        }

        throw new InvalidOperationException(
            $"{AppContext.BaseDirectory} does not lie in a tree with UpdateEngine.sln."
        );
    }
}
