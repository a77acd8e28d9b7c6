using System.CommandLine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record CompletionAnswer(string Shell, string Script);

/// <summary>Prints a script for a shell. The script asks the program itself at each Tab, so that it never falls behind the commands.</summary>
internal sealed class CompletionCommand : ToolCommand
{
    // The directive takes the command line without the program and the place in it. `compgen` keeps what begins with the word at the cursor.
    // (After "=" the shell starts a new word, and the program completes the whole option; such a word falls back to file names.)
    private const string Bash = """
        # repo-tools completion bash > ~/.local/share/bash-completion/completions/repo-tools
        _repo_tools() {
            local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
            local line=${COMP_LINE#"$program"} place=$((COMP_POINT - ${#program}))
            line=${line# } place=$((place > 0 ? place - 1 : 0))
            COMPREPLY=($(compgen -W "$("$program" "[suggest:$place]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _repo_tools repo-tools
        """;

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash." };

    public CompletionCommand()
        : base(
            "completion",
            "Print a script that makes the shell complete commands and options of repo-tools.",
            """
            # Save it as ~/.local/share/bash-completion/completions/repo-tools, or evaluate it in this shell.
            repo-tools completion bash
            """
        )
    {
        _shell.AcceptOnlyFromAmong("bash");
        Add(_shell);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        Task.FromResult(
            Answer.Print(
                args,
                new CompletionAnswer(args.GetRequiredValue(_shell), Bash),
                AnswersJson.Default.CompletionAnswer,
                Bash
            )
        );
}
