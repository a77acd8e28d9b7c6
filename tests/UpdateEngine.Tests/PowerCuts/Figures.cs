namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What a sweep has tried, for the line that `./build.sh test` prints: the runner hides what passing tests say.</summary>
internal static class Figures
{
    /// <param name="name">Of the sweep; each has a file of its own.</param>
    public static void Write(string name, int states, int failures, string details)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Join(root.FullName, "UpdateEngine.sln")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("The tests run outside of their repository.");
        }

        var folder = Directory.CreateDirectory(Path.Join(root.FullName, "artifacts", "power-cuts"));
        File.WriteAllText(
            Path.Join(folder.FullName, $"{name}.txt"),
            $"{states} crash states, {failures} failures\n{details}\n"
        );
    }
}
