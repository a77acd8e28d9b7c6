using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record LintAnswer(string Repository, IReadOnlyList<Finding> Findings);

internal sealed class RepoLintCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SeenInputs _seen = new();
    private readonly Option<DateTimeOffset?> _at = SeenInputs.At();
    private readonly Option<string[]> _keys = RoleInputs.Several(
        "--key-file",
        "Your key files: a role that trusts one marked as a test key is an error. Metadata does not tell such keys.",
        "PUB.pem"
    );

    public RepoLintCommand(TimeProvider time)
        : base(
            "lint",
            $"Look for what is legal but unwise, or broken: keys, expiries, delegations, releases, sizes, and of a directory its files. Exit code {(int)ExitCode.Done}: nothing but notes; {(int)ExitCode.Found}: warnings or errors.",
            """
            repo-tools repo lint repo --key-file keys/root.pub.pem keys/targets.pub.pem
            repo-tools repo lint https://updates.example.org/repo --trust root.json --json
            """
        )
    {
        _time = time;
        _seen.AddTo(this);
        Add(_at, _keys);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var address = _seen.Address(args);
        var at = args.GetValue(_at) ?? _time.GetUtcNow();
        var repository = await SeenInputs.ReadAsync(address, cancel);
        var findings = new List<Finding>();
        var manifest = new Manifest();
        try
        {
            manifest = await SeenInputs.ReadManifestAsync(repository, cancel);
        }
        catch (UpdateException fault) when (fault.Code.Exit != ExitCode.Network)
        {
            findings.Add(
                new Finding(
                    "manifest-unusable",
                    Finding.Error,
                    fault.Message,
                    "Publish it again, or restore it from a copy."
                )
            );
        }

        findings.AddRange(new LintRules(new RepositoryState(repository, manifest), TestKeys(args), at).All());
        if (address.Workspace is { } workspace)
        {
            findings.AddRange(new LintFiles(repository, workspace, at).All());
        }

        var answer = new LintAnswer(address.Text, [.. findings.OrderBy(f => Rank(f.Severity))]);
        Answer.Print(args, answer, AnswersJson.Default.LintAnswer, Text(answer));
        return (int)(findings.Exists(f => f.Severity != Finding.Note) ? ExitCode.Found : ExitCode.Done);
    }

    private IReadOnlyList<TestKey> TestKeys(ParseResult args) =>
        [
            .. args.GetRequiredValue(_keys)
                .Select(file => (File: file, Pem: KeyFiles.Read(file)))
                .Where(key => key.Pem.IsTest)
                .Select(key => new TestKey(key.File, key.Pem.ReadPublic(Passphrases.Standard))),
        ];

    private static int Rank(string severity) =>
        severity switch
        {
            Finding.Error => 0,
            Finding.Warning => 1,
            _ => 2,
        };

    private static string Text(LintAnswer answer) =>
        answer.Findings.Count == 0
            ? $"{answer.Repository}: nothing to complain of."
            : string.Join('\n', answer.Findings.Select(f => $"{f.Severity} {f.Name}: {f.What}\n    {f.Next}"));
}
