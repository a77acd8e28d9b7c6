using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed record PublishAnswer(string Repository, RoleVersions Versions);

internal sealed class PublishCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string[]> _targets = Inputs.Keys(
        "--targets-key",
        "A private key that signs targets; not needed where only delegated roles change.",
        required: false
    );
    private readonly Option<string[]> _roleKeys = RoleInputs.RoleKeys();
    private readonly OnlineOptions _online = new(required: false);
    private readonly Option<string> _offline = new("--offline")
    {
        Description =
            "For roles whose keys are elsewhere: what lacks signatures is written here with its payload, and nothing is published; "
            + "once they are attached, the same command goes on from here.",
        HelpName = "DIRECTORY",
    };
    private readonly Option<Duration> _targetsExpires = Inputs.Duration(
        "--targets-expires",
        "How long targets hold.",
        TimeSpan.FromDays(90)
    );
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Option<bool> _formerKeys = new("--accept-former-keys")
    {
        Description =
            "Build also on published metadata that only keys of a former root have signed, though it is not what was published when they were replaced.",
    };
    private readonly Option<string[]> _roleExpires = RoleInputs.RoleExpires();
    private readonly Option<string[]> _renew = RoleInputs.Renew();

    public PublishCommand(TimeProvider time)
        : base(
            "publish",
            "Sign the draft and make it visible, in an order in which readers find the old repository or the new one. Targets and delegated roles "
                + "that do not change stay as they are, byte for byte. Without a draft it renews the expiry of all three top-level roles. One that "
                + "was interrupted left the old repository: run it again.",
            """
            repo-tools publish repo --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            # Delegated roles that the draft changes; one key for all bins:
            repo-tools publish repo --role-key apps=keys/apps.pem --role-key "bin-*=keys/bins.pem" --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            # Nothing new, but a role that would expire soon:
            repo-tools publish repo --renew apps --role-expires apps=30d --role-key apps=keys/apps.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            # Before `root publish` replaces the timestamp's key: for hosts with the old root and with the new one.
            repo-tools publish repo --next-root root-2.json --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem --timestamp-key keys/timestamp2.pem
            # The key of targets is on another machine:
            repo-tools publish repo --offline signing --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            # Targets by a token, the rest by a build service's secrets:
            repo-tools publish repo --targets-key "pkcs11:token=publisher;object=targets?module-path=/usr/lib/softhsm/libsofthsm2.so" --snapshot-key env:SNAPSHOT_KEY --timestamp-key env:TIMESTAMP_KEY
            """
        )
    {
        _time = time;
        Add(_directory);
        foreach (
            var option in (Option[])
                [
                    _targets,
                    .. _online.Keys,
                    _roleKeys,
                    _targetsExpires,
                    .. _online.Expiries,
                    _roleExpires,
                    _renew,
                    _offline,
                    _trust,
                    _formerKeys,
                    DryRun.NewOption(),
                ]
        )
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        using var targets = Inputs.Signers(args, _targets);
        using var online = _online.Open(args);
        using var roleKeys = RoleInputs.OpenRoleKeys(args, _roleKeys);
        var plan = _online.Plan(args, online) with
        {
            Targets = targets,
            TargetsExpires = args.GetValue(_targetsExpires).Time,
            RoleKeys = RoleInputs.KeyRing(args, _roleKeys, roleKeys),
            RoleExpires = RoleInputs.Expiries(args, _roleExpires),
            Renew = RoleInputs.Patterns(args, _renew),
            Offline = args.GetValue(_offline) is { } directory
                ? new OfflineSignatures(directory, _time.GetUtcNow())
                : null,
        };
        var versions = new Publisher(workspace, _time) { IsDryRun = DryRun.IsAsked(args) }.Publish(
            plan,
            args.GetValue(_formerKeys)
        );
        return Task.FromResult(
            versions.Waiting is { } waiting
                ? Waits(args, workspace, versions, waiting)
                : Done(args, workspace, versions, plan)
        );
    }

    /// <summary>Nothing was published yet, as was asked for: an answer, not an error.</summary>
    private static int Waits(ParseResult args, Workspace workspace, RoleVersions versions, WaitingRole waiting) =>
        DryRun.Print(
            args,
            new PublishAnswer(workspace.Root, versions),
            AnswersJson.Default.PublishAnswer,
            $"{workspace.Root}: nothing is published yet: {waiting.Role} version {waiting.Version} has {waiting.Signatures} of {waiting.Threshold} signatures.\n"
                + $"Sign {waiting.Payload}, as with `repo-tools payload sign`, and attach the signature:\n"
                + $"  repo-tools signature attach {waiting.File} {RootOption(workspace, waiting.Role)}--key KEY.pub.pem --signature KEY.sig",
            "this command again, which goes on from there"
        );

    /// <summary>Of a delegated role the root does not know the keys; they are counted when it is published.</summary>
    private static string RootOption(Workspace workspace, string role) =>
        role is Roles.Targets or Roles.Snapshot or Roles.Timestamp
            ? $"--root {workspace.Versioned(Roles.Root, workspace.HighestVersion(Roles.Root))} "
            : "";

    private static int Done(ParseResult args, Workspace workspace, RoleVersions versions, SigningPlan plan)
    {
        var text =
            $"{workspace.Root}: published targets {versions.Targets}, snapshot {versions.Snapshot}, timestamp {versions.Timestamp}"
            + Delegated(versions.Delegated);
        return DryRun.Print(
            args,
            new PublishAnswer(workspace.Root, versions),
            AnswersJson.Default.PublishAnswer,
            text,
            $"serve {workspace.Metadata} and {workspace.Targets}, for a trial with `repo-tools serve {workspace.Root}`; "
                + $"the timestamp holds {Times.Span(plan.TimestampExpires)}, renew it with `repo-tools timestamp refresh {workspace.Root} ...`"
        );
    }

    private static string Delegated(IReadOnlyDictionary<string, long> roles)
    {
        const int Most = 5;
        var some = string.Join(", ", roles.Take(Most).Select(r => $"{r.Key} {r.Value}"));
        return roles.Count switch
        {
            0 => "",
            <= Most => $", {some}",
            var count => $", {some} and {count - Most} more delegated roles",
        };
    }
}
