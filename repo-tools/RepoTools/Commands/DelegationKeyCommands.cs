using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;

namespace RepoTools.Commands;

/// <summary>A change to delegations that are there.</summary>
internal abstract class DelegationChangeCommand : DelegationCommand
{
    private readonly Argument<string> _role = RoleInputs.Role(
        "A delegated role, a pattern such as bin-*, or the prefix of bins."
    );

    protected DelegationChangeCommand(string name, string description, string examples)
        : base(name, description, examples) => Add(_role);

    protected RolePattern Role(ParseResult args) => new(args.GetRequiredValue(_role));
}

internal sealed class DelegationAddKeyCommand : DelegationChangeCommand
{
    private readonly Option<string[]> _keys = RoleInputs.PublicKeys("A public key.");

    public DelegationAddKeyCommand()
        : base(
            "add-key",
            "Let a key sign for a delegated role.",
            "repo-tools delegation add-key repo apps --key keys/apps2.pub.pem"
        )
    {
        Add(_keys);
        AddFrom();
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var keys = Inputs.PublicKeys(args, _keys);
        return Edit(args, edits => edits.AddKeys(Role(args), keys), $"{keys.Count} key(s) of {Role(args).Text} added");
    }
}

internal sealed class DelegationRemoveKeyCommand : DelegationChangeCommand
{
    private readonly Option<string> _key = new OneKeyOption("--key")
    {
        Description = "The public key's file, or its whole id where the file is lost.",
        HelpName = "PUB.pem|ID",
        Required = true,
    };

    public DelegationRemoveKeyCommand()
        : base(
            "remove-key",
            "Let a key sign no more for a delegated role. The next publish signs the role anew where that takes its threshold away.",
            "repo-tools delegation remove-key repo apps --key keys/apps.pub.pem"
        )
    {
        Add(_key);
        AddFrom();
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        const int HexOfSha256 = 64;
        var key = args.GetRequiredValue(_key);
        var isId = key.Length == HexOfSha256 && key.All(char.IsAsciiHexDigitLower);
        var keyId = isId ? key : Inputs.PublicKey(args, key).ComputeKeyId();
        return Edit(
            args,
            edits => edits.RemoveKey(Role(args), keyId),
            $"the key {RootReport.Short(keyId)} of {Role(args).Text} removed"
        );
    }
}

internal sealed class DelegationSetThresholdCommand : DelegationChangeCommand
{
    private readonly Argument<int> _threshold = new("N") { Description = "How many distinct keys must sign." };

    public DelegationSetThresholdCommand()
        : base(
            "set-threshold",
            "Change how many distinct keys must sign a delegated role.",
            "repo-tools delegation set-threshold repo apps 2"
        )
    {
        Add(_threshold);
        AddFrom();
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var threshold = args.GetValue(_threshold);
        return Edit(
            args,
            edits => edits.SetThreshold(Role(args), threshold),
            $"{threshold} of the keys of {Role(args).Text} must sign"
        );
    }
}

internal sealed class DelegationSetPathsCommand : DelegationChangeCommand
{
    private readonly PathOptions _which = new();

    public DelegationSetPathsCommand()
        : base(
            "set-paths",
            "Change which targets a delegated role is trusted with. Its keys and its place in the order of trust stay; hosts do not find targets of the role that are outside any more.",
            """
            repo-tools delegation set-paths repo apps --paths "apps/*" "tools/*"
            repo-tools delegation set-paths repo first-half --hash-prefix 0 1 2 3
            """
        )
    {
        Add(_which.Options);
        AddFrom();
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (paths, prefixes) = _which.Of(args, Role(args).Text);
        return Edit(
            args,
            edits => edits.SetPaths(Role(args), paths, prefixes),
            $"{Role(args).Text} is trusted with {string.Join(", ", paths?.Select(p => p.Value) ?? prefixes!)}"
        );
    }
}

internal sealed class DelegationRemoveCommand : DelegationChangeCommand
{
    public DelegationRemoveCommand()
        : base(
            "remove",
            "Trust a delegated role no more. Hosts do not find its targets any longer; its file and its line in the snapshot stay.",
            """
            repo-tools delegation remove repo apps
            repo-tools delegation remove repo team --from apps
            """
        ) => AddFrom();

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        Edit(args, edits => edits.Remove(Role(args)), $"{Role(args).Text} removed");
}
