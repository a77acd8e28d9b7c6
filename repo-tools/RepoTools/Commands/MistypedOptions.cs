using System.CommandLine;

namespace RepoTools.Commands;

/// <summary>An option that a command does not have is refused, and not taken for a file: `key generate --encrpyt` would make a key of that name.</summary>
internal static class MistypedOptions
{
    public static void Install(Command command)
    {
        foreach (var argument in command.Arguments.Where(a => a is Argument<string> or Argument<string[]>))
        {
            argument.Validators.Add(result =>
            {
                // A dash alone is no option.
                if (result.Tokens.FirstOrDefault(t => t.Value is ['-', _, ..]) is { } mistyped)
                {
                    result.AddError(
                        $"\"{mistyped.Value}\" is no option of it (a file of that name would be ./{mistyped.Value})"
                    );
                }
            });
        }

        foreach (var below in command.Subcommands)
        {
            Install(below);
        }
    }
}
