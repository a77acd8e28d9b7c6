using BenchmarkDotNet.Running;
using UpdateEngine.Tuf.Benchmarks;

// generate DIR TARGETS one|bins [indented]: a repository on the disk, for measuring whole processes.
// Anything else is BenchmarkDotNet's own command line, e.g. --filter '*' or --list flat.
if (args is ["generate", var directory, var targets, var layout, .. var rest])
{
    var repository = LargeRepository.Make(
        int.Parse(targets, System.Globalization.CultureInfo.InvariantCulture),
        Enum.Parse<Layout>(layout, ignoreCase: true),
        indented: rest is ["indented"]
    );
    repository.Save(directory);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
