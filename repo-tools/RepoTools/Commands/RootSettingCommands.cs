using System.CommandLine;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

internal sealed class RootSetThresholdCommand : RootEditCommand
{
    private readonly Argument<string> _role = new("ROLE") { Description = "root, targets, snapshot or timestamp." };
    private readonly Argument<int> _threshold = new("N") { Description = "How many distinct keys must sign." };

    public RootSetThresholdCommand(TimeProvider time)
        : base(
            time,
            "set-threshold",
            "Say how many distinct keys must sign for a role. Never more than it has.",
            "repo-tools root set-threshold root.json root 2"
        )
    {
        _role.AcceptOnlyFromAmong(RootRules.TopLevel);
        Add(_role);
        Add(_threshold);
        AddCommon();
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        var (role, threshold) = (args.GetRequiredValue(_role), args.GetValue(_threshold));
        if (threshold < 1)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"The threshold of {role} can't be {threshold}.",
                "It must be 1 or more."
            );
        }

        draft.Document.SetThreshold(role, threshold);
        return $"{role} needs {threshold} signature(s)";
    }
}

internal sealed class RootSetExpiryCommand : RootEditCommand
{
    private readonly Argument<Expiry> _when = RootInputs.When();

    public RootSetExpiryCommand(TimeProvider time)
        : base(
            time,
            "set-expiry",
            "Say until when the root holds. Hosts refuse everything once the newest root has expired.",
            """
            repo-tools root set-expiry root.json 365d
            repo-tools root set-expiry root.json 2027-11-20T12:00:00Z
            """
        )
    {
        Add(_when);
        AddCommon();
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        draft.Document.SetExpires(args.GetValue(_when).From(Time.GetUtcNow()));
        return $"expires at {Times.Instant(draft.Document.Expires)}";
    }
}

internal sealed class RootBumpCommand : RootEditCommand
{
    private readonly Option<Expiry?> _expires = new("--expires")
    {
        Description =
            $"Until when the new version holds: {Expiry.Form}. Default: 365d, or what it was if that is later.",
        HelpName = "WHEN",
        CustomParser = result =>
        {
            if (!Expiry.TryParse(result.Tokens[0].Value, out var expiry))
            {
                result.AddError($"\"{result.Tokens[0].Value}\" for --expires is no {Expiry.Form}");
            }

            return expiry;
        },
    };

    public RootBumpCommand(TimeProvider time)
        : base(
            time,
            "bump",
            "Start the next version from one that is signed completely. Everything stays, fields that these tools do not know too; signatures go, and the expiry is renewed.",
            """
            repo-tools root bump root.json --out root-2.json
            repo-tools root bump repo/metadata/1.root.json --out root-2.json --expires 180d
            """
        )
    {
        Add(_expires);
        AddCommon(keepVersion: false);
    }

    protected override void Check(MetadataDocument root, string path, bool force)
    {
        if (!RootDraft.IsComplete(root))
        {
            throw new UpdateException(
                ErrorCodes.RootUnsafe,
                $"{path} is not signed completely, so no host can have version {root.Version}, and none would follow to {root.Version + 1}.",
                $"Go on with version {root.Version}, or sign it first with `repo-tools root sign {path} --key KEY.pem`."
            );
        }
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        if (args.GetValue(_expires) is { } given)
        {
            draft.Document.SetExpires(given.From(Time.GetUtcNow()));
        }

        return $"version {draft.Document.Version} is begun";
    }
}

internal sealed class RootSetVersionCommand : RootEditCommand
{
    private readonly Argument<long> _version = new("N") { Description = "The version, 1 or more." };

    public RootSetVersionCommand(TimeProvider time)
        : base(
            time,
            "set-version",
            "Correct the version of a draft. Hosts take exactly the one after the version that they have; `root bump` and the other edits see to it by themselves.",
            "repo-tools root set-version root-2.json 2"
        )
    {
        Add(_version);
        AddCommon(keepVersion: false);
    }

    protected override string Change(ParseResult args, RootDraft draft)
    {
        var version = args.GetValue(_version);
        if (version < 1)
        {
            throw new UpdateException(ErrorCodes.Usage, $"The version can't be {version}.", "It must be 1 or more.");
        }

        draft.Document.SetVersion(version);
        return $"is version {version}";
    }
}
