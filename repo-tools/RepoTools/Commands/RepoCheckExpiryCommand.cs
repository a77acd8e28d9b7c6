using System.CommandLine;
using RepoTools.Inspecting;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="State">That of the worst role: "fine", "soon" or "expired".</param>
/// <param name="Roles">root, timestamp, snapshot, targets, and the delegated roles in the order of trust.</param>
internal sealed record ExpiryAnswer(
    string Repository,
    DateTimeOffset At,
    string State,
    IReadOnlyList<RoleExpiry> Roles
);

internal sealed class RepoCheckExpiryCommand : ToolCommand
{
    /// <summary>Lines of delegated roles that are fine: of thousands of bins nobody reads each.</summary>
    private const int MostFine = 20;

    private readonly TimeProvider _time;
    private readonly SeenInputs _seen = new();
    private readonly Option<string[]> _within = new("--within")
    {
        Description =
            "Report roles that expire within this span, or the roles that a pattern matches; the last that matches counts. Repeat it.",
        HelpName = "[ROLE=]SPAN",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<DateTimeOffset?> _at = SeenInputs.At();

    public RepoCheckExpiryCommand(TimeProvider time)
        : base(
            "check-expiry",
            $"Print when each role expires, of a directory or of what is served. Exit code {(int)ExitCode.Done}: all hold; {(int)ExitCode.Found}: something expires within the span; {(int)ExitCode.Verification}: something has expired, or is not signed as it must be.",
            """
            repo-tools repo check-expiry repo --within 2d
            repo-tools repo check-expiry https://updates.example.org/repo --trust root.json --within 2d --within root=60d
            """
        )
    {
        _time = time;
        _seen.AddTo(this);
        Add(_within, _at);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var within = RoleInputs.Expiries(args, _within);
        var at = args.GetValue(_at) ?? _time.GetUtcNow();
        var repository = await SeenInputs.ReadWholeAsync(_seen.Address(args), cancel);
        RoleExpiry[] roles = [.. repository.All.Select(role => ExpiryCheck.Of(role, within, at))];
        var answer = new ExpiryAnswer(repository.Address.Text, at, ExpiryCheck.StateOf(roles), roles);
        Answer.Print(args, answer, AnswersJson.Default.ExpiryAnswer, Text(answer));
        foreach (var role in roles.Where(r => r.State != ExpiryCheck.Fine).OrderBy(r => r.Expires).Take(MostFine))
        {
            Answer.Note(Sentence(role, at));
        }

        return (int)ExpiryCheck.ExitOf(answer.State);
    }

    private static string Text(ExpiryAnswer answer)
    {
        var table = new TextTable("ROLE", "VERSION", "EXPIRES", "LEFT");
        var fine = 0;
        foreach (var role in answer.Roles)
        {
            if (role.State == ExpiryCheck.Fine && ++fine > MostFine)
            {
                continue;
            }

            table.Add(role.Role, $"{role.Version}", Times.Instant(role.Expires), Left(role, answer.At));
        }

        var rest = answer.Roles.Where(r => r.State == ExpiryCheck.Fine).Skip(MostFine).ToArray();
        return rest.Length == 0
            ? table.ToString()
            : $"{table}and {rest.Length} more roles, the first of which expires at {Times.Instant(rest.Min(r => r.Expires))}\n";
    }

    private static string Left(RoleExpiry role, DateTimeOffset at) =>
        role.State == ExpiryCheck.Expired ? $"EXPIRED {Times.Span(at - role.Expires)} ago"
        : role.State == ExpiryCheck.Soon ? $"{Times.Span(role.Expires - at)}: SOON"
        : Times.Span(role.Expires - at);

    private static string Sentence(RoleExpiry role, DateTimeOffset at)
    {
        var what =
            role.State == ExpiryCheck.Expired
                ? $"{role.Role} version {role.Version} expired {Times.Span(at - role.Expires)} ago, at {Times.Instant(role.Expires)}"
                : $"{role.Role} version {role.Version} expires {Times.In(role.Expires - at)}, at {Times.Instant(role.Expires)}";
        return $"{what}: {ExpiryCheck.Remedy(role.Role)}.";
    }
}
