using System.CommandLine;
using RepoTools.Publishing;

namespace RepoTools.Commands;

/// <summary>Which root the publisher trusts, where it is not what lies beside the repository.</summary>
internal static class TrustInputs
{
    public static Option<string> Trust() =>
        Inputs.File(
            "--trust",
            $"A root that you trust, from outside of the repository. Default: {TrustedChain.Variable}, or else what `repo create` and `repo trust` put into DIR/trust."
        );

    public static Workspace Workspace(ParseResult args, Argument<string> directory, Option<string> trust) =>
        new(args.GetRequiredValue(directory)) { Anchor = args.GetValue(trust) };
}
