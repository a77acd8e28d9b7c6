// Targets of ./build.sh. What they share: everything is built once, in Release.
using System.Text.RegularExpressions;

var target = Argument("target", "build");
var configuration = Argument("configuration", "Release");
var filter = Argument("filter", "");
var sweep = Argument("sweep", 1);
var machines = Argument("machines", "some");

const string Solution = "UpdateEngine.sln";
const string Programs = "artifacts/bin";
const string PowerCuts = "artifacts/power-cuts";
const int FewestCrashStates = 100_000;

// Fast tests first, those that start real programs after them, two side by side, because each keeps one processor busy; machines last.
string[] testProjects =
[
    "tests/UpdateEngine.Tuf.Tests",
    "tests/UpdateEngine.Tests",
    "tests/RepoTools.Tests",
    "tests/SystemTests",
    "tests/MachineTests",
];

(string Project, string Program)[] shipped =
[
    ("src/UpdateEngine.Cli", "updatectl"),
    ("src/UpdateEngine.Daemon", "update-engine"),
    ("repo-tools/RepoTools", "repo-tools"),
    ("src/UpdateEngine.BootSelector", "boot-selector"),
    ("tests/TufConformanceClient", "tuf-conformance-client"),
];

// What tests start is what ships: it starts in half the time. Single files also go into the root trees and the first stage of machines.
var inTests = shipped.Where(s => s.Program is not "tuf-conformance-client");
var inMachines = shipped.Where(s => s.Program is "updatectl" or "boot-selector");

// Runs a program and returns its output lines; what it prints is shown as it comes.
(int ExitCode, List<string> Lines) Run(string program, string arguments, bool show = true)
{
    var lines = new List<string>();
    string Keep(string line)
    {
        if (line is not null)
        {
            lock (lines) lines.Add(line);
            if (show) Console.WriteLine(line);
        }
        return null;
    }
    var exitCode = StartProcess(program, new ProcessSettings
    {
        Arguments = arguments,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectedStandardOutputHandler = Keep,
        RedirectedStandardErrorHandler = Keep,
        EnvironmentVariables = new Dictionary<string, string> { ["UPDATE_ENGINE_SWEEP"] = $"{sweep}", ["UPDATE_ENGINE_MACHINES"] = machines, ["UPDATE_ENGINE_PROGRAMS"] = filter == "" ? Programs : "" },
        Silent = true,
    });
    return (exitCode, lines);
}

void MustRun(string program, string arguments, bool show = true)
{
    var (exitCode, lines) = Run(program, arguments, show);
    if (exitCode != 0)
    {
        if (!show) foreach (var line in lines) Console.WriteLine(line);
        throw new CakeException($"`{program} {arguments}` ended with exit code {exitCode}.");
    }
}

Task("build").Does(() => MustRun("dotnet", $"build {Solution} -c {configuration} -v q --nologo", show: false));

Task("format").Does(() => MustRun("dotnet", "csharpier format ."));

Task("format-check").Does(() => MustRun("dotnet", "csharpier check .", show: false));

Task("clean").Does(() =>
{
    foreach (var directory in GetDirectories("./**/bin") + GetDirectories("./**/obj"))
        if (!directory.FullPath.Contains("/artifacts/")) DeleteDirectory(directory, new() { Recursive = true, Force = true });
    if (DirectoryExists("artifacts")) DeleteDirectory("artifacts", new() { Recursive = true, Force = true });
});

(string Project, int ExitCode, List<string> Lines) Test(string project)
{
    Console.WriteLine($"== {project}");
    var only = filter == "" ? "" : $" -- --filter-class \"*{filter}*\" --ignore-exit-code 8";
    var (exitCode, lines) = Run("dotnet", $"test --project {project} -c {configuration} --no-build{only}");
    return (project, exitCode, lines);
}

Task("test").IsDependentOn("format-check").IsDependentOn("build").Does(() =>
{
    if (DirectoryExists(PowerCuts)) DeleteDirectory(PowerCuts, new() { Recursive = true });
    var (passed, failed, skipped, broken) = (0, 0, 0, new List<string>());
    var results = testProjects[..2].Select(Test).ToList();
    var tools = System.Threading.Tasks.Task.Run(() => Test(testProjects[2]));
    if (filter == "") foreach (var (project, program) in inTests) Publish(project, program);
    results.Add(Test(testProjects[3]));
    results.Add(tools.Result);
    if (machines != "none" && (filter == "" || System.IO.Directory.GetFiles(testProjects[4], $"*{filter}*.cs").Length > 0))
    {
        if (filter != "") foreach (var (project, program) in inMachines) Publish(project, program);
        results.Add(Test(testProjects[4]));
    }
    foreach (var (project, exitCode, lines) in results)
    {
        // The runner's last lines say how many there were.
        int Count(string name) => lines.Select(l => Regex.Match(l, $@"^\s*{name}:\s+(\d+)\s*$")).LastOrDefault(m => m.Success) is { } m ? int.Parse(m.Groups[1].Value) : -1;
        if (Count("succeeded") < 0 || (exitCode != 0 && Count("failed") == 0)) broken.Add($"{project}: the test runner itself failed.");
        passed += Math.Max(0, Count("succeeded"));
        failed += Math.Max(0, Count("failed"));
        skipped += Math.Max(0, Count("skipped"));
    }
    // Each sweep of power cuts leaves what it has tried in a file of its own.
    var cuts = (DirectoryExists(PowerCuts) ? System.IO.Directory.GetFiles(PowerCuts) : [])
        .Select(f => Regex.Match(System.IO.File.ReadAllText(f), @"^(\d+) crash states, (\d+) failures"))
        .Select(m => (States: int.Parse(m.Groups[1].Value), Failures: int.Parse(m.Groups[2].Value)))
        .ToList();
    if (filter == "" && cuts.Sum(c => c.States) < FewestCrashStates) broken.Add($"The sweep of power cuts tried fewer than {FewestCrashStates} states.");
    foreach (var fault in broken) Console.WriteLine(fault);
    failed += broken.Count;
    if (cuts.Count > 0) Console.WriteLine($"{cuts.Sum(c => c.States)} crash states, {cuts.Sum(c => c.Failures)} failures");
    Console.Out.Flush();
    System.IO.File.WriteAllText("artifacts/test-result", $"{passed} passed, {failed} failed, {skipped} skipped\n");
    if (failed > 0) throw new CakeException($"{failed} tests failed.");
});

void Publish(string project, string program)
{
    EnsureDirectoryExists(Programs);
    var output = $"artifacts/publish/{program}";
    var (exitCode, lines) = Run("dotnet", $"publish {project} -c Release -r linux-x64 --self-contained -o {output} -v q --nologo", show: false);
    var warnings = lines.Where(l => l.Contains("warning ")).Distinct().ToList();
    if (exitCode != 0 || warnings.Count > 0)
    {
        foreach (var line in exitCode != 0 ? lines : warnings) Console.WriteLine(line);
        throw new CakeException($"Publishing {program} failed, or was not free of trim and AOT warnings.");
    }
    CopyFile($"{output}/{program}", $"{Programs}/{program}");
    Console.WriteLine($"{Programs}/{program}  {new System.IO.FileInfo($"{Programs}/{program}").Length / 1048576.0:0.0} MiB, 0 trim and AOT warnings");
}

Task("publish").Does(() =>
{
    foreach (var (project, program) in shipped) Publish(project, program);
});

Task("demo").IsDependentOn("build").Does(() =>
{
    var exitCode = StartProcess("bash", new ProcessSettings { Arguments = $"demo/demo.sh {configuration}" });
    if (exitCode != 0) throw new CakeException($"The demo ended with exit code {exitCode}.");
});

Task("vm-demo").IsDependentOn("build").Does(() =>
{
    foreach (var (project, program) in inMachines) Publish(project, program);
    var exitCode = StartProcess("bash", new ProcessSettings { Arguments = $"demo/machine/story.sh {configuration}" });
    if (exitCode != 0) throw new CakeException($"The demo ended with exit code {exitCode}.");
});

Task("vm-cuts").IsDependentOn("build").Does(() =>
{
    foreach (var (project, program) in inMachines) Publish(project, program);
    var exitCode = StartProcess("dotnet", new ProcessSettings
    {
        Arguments = $"test --project tests/MachineTests -c {configuration} --no-build -- --filter-class \"*RandomCutTests\"",
        EnvironmentVariables = new Dictionary<string, string> { ["UPDATE_ENGINE_CUT_SEEDS"] = Argument("seeds", "0-299"), ["UPDATE_ENGINE_MACHINES"] = "all" },
    });
    if (exitCode != 0) throw new CakeException("The machine did not come back from a power cut; run it again to go on from there.");
});

Task("bench").IsDependentOn("publish").Does(() =>
{
    foreach (var script in new[] { "whole-process.sh", "tuf-refresh.sh", "publish.sh" })
    {
        var exitCode = StartProcess("bash", new ProcessSettings { Arguments = $"tests/Benchmarks/{script}" });
        if (exitCode != 0) throw new CakeException($"{script} ended with exit code {exitCode}.");
    }
});

RunTarget(target);
