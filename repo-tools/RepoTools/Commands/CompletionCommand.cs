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

    // The word at the cursor counts up to the cursor only; what comes after it is not asked about.
    private const string Zsh = """
        #compdef repo-tools
        # repo-tools completion zsh > "${fpath[1]}/_repo-tools"
        _repo_tools() {
            local line="${(j: :)words[2,CURRENT-1]}"
            line="${line:+$line }$PREFIX"
            local -a found
            found=(${(f)"$($words[1] "[suggest:${#line}]" "$line" 2>/dev/null)"})
            (( $#found )) && compadd -a found || _files
        }
        if [[ $funcstack[1] == _repo-tools ]]; then
            _repo_tools "$@"
        else
            compdef _repo_tools repo-tools
        fi
        """;

    // fish keeps what begins with the word at the cursor, and offers files as well.
    private const string Fish = """
        # repo-tools completion fish > ~/.config/fish/completions/repo-tools.fish
        function __repo_tools
            set -l line (commandline -cp | string replace -r '^\s*\S+\s?' '')
            set -l program (commandline -cpo)[1]
            $program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c repo-tools -a '(__repo_tools)'
        """;

    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };

    public CompletionCommand()
        : base(
            "completion",
            "Print a script that makes the shell complete commands and options of repo-tools.",
            """
            # The script says first where it is saved; it may be evaluated in a running shell as well.
            repo-tools completion bash
            repo-tools completion zsh
            repo-tools completion fish
            """
        )
    {
        _shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        Add(_shell);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var shell = args.GetRequiredValue(_shell);
        var answer = new CompletionAnswer(shell, s_scripts[shell]);
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.CompletionAnswer, answer.Script));
    }
}
