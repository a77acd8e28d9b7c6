using System.CommandLine;
using System.Globalization;
using System.Text;
using RepoTools.Inspecting;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <param name="Role">Who answers for the target; null when nobody does.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Asked">Whom a host asks, in this order.</param>
internal sealed record ExplainAnswer(
    string Repository,
    string Target,
    string? Role,
    long? Length,
    IReadOnlyDictionary<string, string>? Digests,
    TargetFileState? File,
    IReadOnlyList<AskedRole> Asked,
    IReadOnlyList<RoleNotAsked> NotAsked
);

internal sealed class RepoExplainCommand : ToolCommand
{
    private readonly SeenInputs _seen = new();
    private readonly Argument<string> _target = new("TARGET") { Description = "The target's name." };

    public RepoExplainCommand()
        : base(
            "explain",
            "Tell who answers for a target, by which way of delegations, and whether its file is there and right; of a target that nobody has, who was asked and why each said no.",
            """
            repo-tools repo explain repo apps/app-1.2.0.tar.zst
            repo-tools repo explain https://updates.example.org/repo manifest.json --trust root.json
            """
        )
    {
        _seen.AddTo(this);
        Arguments.Add(_target);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var address = _seen.Address(args);
        var name = Inputs.TargetName(args.GetRequiredValue(_target));
        var repository = await SeenInputs.ReadAsync(address, cancel);
        var answer = await SeenInputs.ForPublisherAsync(
            address,
            async () =>
            {
                var way = new TargetAnswerer(repository).Find(name);
                return AnswerOf(
                    address,
                    way,
                    way.File is null ? null : await CheckAsync(args, repository, way.File, cancel)
                );
            }
        );
        Answer.Print(args, answer, AnswersJson.Default.ExplainAnswer, Text(answer));
        switch (answer.File)
        {
            case null:
                Answer.Note($"No host would find {name}. See `repo-tools target list` for the names that are there.");
                return (int)ErrorCodes.TargetMissing.Exit;
            case { Why: { } why } file:
                Answer.Note($"{why} Hosts can't have it: publish it again, or restore the file from a copy.");
                return (int)(file.State == TargetFileState.Missing ? ExitCode.NotFound : ExitCode.Verification);
            default:
                return (int)ExitCode.Done;
        }
    }

    private static async Task<TargetFileState> CheckAsync(
        ParseResult args,
        SeenRepository repository,
        TargetFile file,
        CancellationToken cancel
    )
    {
        var transport = repository.Address.NewTransport();
        using var _ = transport as IDisposable;
        return await TransferProgress.ShowAsync(
            quiet: file.Length < QuietLength || CommandHost.IsJson(args),
            progress => new TargetReader(repository, transport).CheckAsync(file, progress, cancel)
        );
    }

    /// <summary>In bytes: what is read before anybody looks.</summary>
    private const long QuietLength = 64 << 20;

    private static ExplainAnswer AnswerOf(RepositoryAddress address, TargetWay way, TargetFileState? file) =>
        new(address.Text, way.Name, way.Role, way.File?.Length, way.File?.Hashes.Values, file, way.Asked, way.NotAsked);

    private static string Text(ExplainAnswer answer)
    {
        var text = new StringBuilder();
        if (answer.File is { } file)
        {
            text.Append($"{answer.Target}: {answer.Role} answers for it\n");
            text.Append(CultureInfo.InvariantCulture, $"  length  {answer.Length} bytes\n");
            foreach (var (algorithm, digest) in answer.Digests!)
            {
                text.Append($"  {algorithm}  {digest}\n");
            }

            text.Append(
                $"  file    {file.Address}: {(file.Why is null ? "there, and right" : file.State.ToUpperInvariant())}\n"
            );
        }
        else
        {
            text.Append($"{answer.Target}: nobody answers for it\n");
        }

        text.Append("\nA host asks\n");
        foreach (var (asked, number) in answer.Asked.Select((a, i) => (a, i + 1)))
        {
            var by = asked.Delegator is null
                ? ""
                : $", to which {asked.Delegator} delegates {asked.For}{(asked.Terminating ? ", terminating" : "")}";
            text.Append(CultureInfo.InvariantCulture, $"  {number}. {asked.Role} version {asked.Version}{by}: ");
            text.Append(asked.Lists ? "has it" : "does not list it").Append('\n');
            text.Append(
                $"     signed by {string.Join(", ", asked.SignedBy.Select(RootReport.Short))}, {asked.Threshold} needed\n"
            );
        }

        if (answer.NotAsked.Count > 0)
        {
            text.Append("It does not ask\n");
            foreach (var role in answer.NotAsked)
            {
                text.Append($"  {role.Role}, to which {role.Delegator} delegates: {role.Why}\n");
            }
        }

        return text.ToString();
    }
}
