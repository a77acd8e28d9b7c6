using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Roots;

namespace RepoTools.Commands;

internal sealed class RootAddKeyCommand : RootEditCommand
{
    private readonly Option<string[]> _roles = RootInputs.Roles("The role that the key may sign.", required: true);
    private readonly Option<string[]> _keys = Inputs.Keys("--key", "The key; its public half will do.");

    public RootAddKeyCommand(TimeProvider time)
        : base(
            time,
            "add-key",
            "Let a key sign for a role. The threshold stays. A root that is signed completely becomes the next version.",
            """
            repo-tools root add-key root.json --role root --key keys/root3.pub.pem
            repo-tools root add-key root.json --role targets --role snapshot --key keys/online.pub.pem --out root-2.json
            """
        )
    {
        Add(_roles);
        Add(_keys);
        AddCommon();
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        var roles = args.GetRequiredValue(_roles);
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var key in Inputs.PublicKeys(args, _keys))
        {
            ids.UnionWith(roles.Select(role => draft.AddKey(role, key)));
        }

        return $"{string.Join(", ", ids.Select(RootReport.Short))} may sign {string.Join(", ", roles)}";
    }
}

internal sealed class RootRemoveKeyCommand : RootEditCommand
{
    private readonly Option<string[]> _roles = RootInputs.Roles(
        "The role that loses the key. Default: every role that has it.",
        required: false
    );
    private readonly Option<string[]> _keys = Inputs.Keys(
        "--key",
        "The key's file, either half; or the first 8 or more letters of its id, if the file is lost."
    );

    public RootRemoveKeyCommand(TimeProvider time)
        : base(
            time,
            "remove-key",
            "Take a key away from a role, or from all. Refused where nobody could sign any more: then use `root rotate`.",
            """
            repo-tools root remove-key root.json --key keys/root3.pub.pem
            repo-tools root remove-key root.json --role targets --key keys/online.pub.pem
            """
        )
    {
        Add(_keys);
        Add(_roles);
        AddCommon();
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        var roles = args.GetValue(_roles) is { Length: > 0 } given ? given : RootRules.TopLevel;
        var changes = new List<string>();
        foreach (var key in args.GetRequiredValue(_keys))
        {
            var ids = RootInputs.KeyOf(args, draft, key);
            var had = draft.RemoveKey(roles, ids);
            changes.Add(
                $"{string.Join(", ", ids.Select(RootReport.Short))} may no longer sign {string.Join(", ", had)}"
            );
        }

        return string.Join("; ", changes);
    }
}

internal sealed class RootRotateCommand : RootEditCommand
{
    private readonly Option<string> _old = new OneKeyOption("--old")
    {
        Description =
            "The key that goes: its file, either half; or the first 8 or more letters of its id, if the file is lost.",
        Required = true,
        HelpName = "KEY.pem",
    };
    private readonly Option<string> _new = new OneKeyOption("--new")
    {
        Description = "The key that takes its place; its public half will do.",
        Required = true,
        HelpName = "KEY.pem",
    };
    private readonly Option<string[]> _roles = RootInputs.Roles(
        "The role in which it is replaced. Default: every role that has it.",
        required: false
    );

    public RootRotateCommand(TimeProvider time)
        : base(
            time,
            "rotate",
            "Replace a key by another in one step, in every role that has it: new version, fresh expiry, same thresholds.",
            """
            repo-tools root rotate root.json --old keys/root2.pub.pem --new keys/root4.pub.pem --out root-2.json
            repo-tools root sign root-2.json --previous root.json --key keys/root1.pem --key keys/root4.pem
            """
        )
    {
        Add(_old);
        Add(_new);
        Add(_roles);
        AddCommon();
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        var roles = args.GetValue(_roles) is { Length: > 0 } given ? given : RootRules.TopLevel;
        var old = RootInputs.KeyOf(args, draft, args.GetRequiredValue(_old));
        var (id, had) = draft.Rotate(roles, old, Inputs.PublicKey(args, args.GetRequiredValue(_new)));
        return $"{RootReport.Short(id)} takes the place of {string.Join(", ", old.Select(RootReport.Short))} in {string.Join(", ", had)}";
    }
}
