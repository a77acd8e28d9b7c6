using System.CommandLine;
using System.Text;
using RepoTools.Inspecting;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record DiffAnswer(string Old, string New, bool Same, IReadOnlyList<Difference> Differences);

internal sealed class RepoDiffCommand : ToolCommand
{
    private readonly Argument<string> _old = new("OLD")
    {
        Description = $"The repository as it was: {SeenInputs.Forms}.",
    };
    private readonly Argument<string> _new = new("NEW") { Description = "The repository as it is." };
    private readonly Option<string> _trust = TrustInputs.Trust();

    public RepoDiffCommand()
        : base(
            "diff",
            $"Compare two states of a repository: keys and thresholds of the root, versions and expiries, delegations, targets, releases. Exit code {(int)ExitCode.Done}: they are the same; {(int)ExitCode.Found}: they differ.",
            """
            repo-tools repo diff backup/repo repo
            repo-tools repo diff https://updates.example.org/repo repo --trust root.json --json
            """
        )
    {
        Add(_old);
        Add(_new);
        Add(_trust);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var trust = args.GetValue(_trust);
        var old = RepositoryAddress.Parse(args.GetRequiredValue(_old), trust);
        var now = RepositoryAddress.Parse(args.GetRequiredValue(_new), trust);
        Difference[] differences =
        [
            .. RepositoryDiff.Of(
                await SeenInputs.ReadStateAsync(old, cancel),
                await SeenInputs.ReadStateAsync(now, cancel)
            ),
        ];
        var answer = new DiffAnswer(old.Text, now.Text, differences.Length == 0, differences);
        Answer.Print(args, answer, AnswersJson.Default.DiffAnswer, Text(answer));
        return (int)(answer.Same ? ExitCode.Done : ExitCode.Found);
    }

    private static string Text(DiffAnswer answer)
    {
        if (answer.Same)
        {
            return $"{answer.Old} and {answer.New} are the same.";
        }

        var text = new StringBuilder($"--- {answer.Old}\n+++ {answer.New}\n");
        foreach (var difference in answer.Differences)
        {
            var name = $"{difference.Kind} {difference.Name}";
            if (difference.Old is { } old)
            {
                text.Append($"- {name}: {old}\n");
            }

            if (difference.New is { } now)
            {
                text.Append($"+ {name}: {now}\n");
            }
        }

        return text.ToString();
    }
}
