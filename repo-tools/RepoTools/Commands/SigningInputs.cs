using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;

namespace RepoTools.Commands;

/// <summary>Keys of the three top-level roles, and how long what they sign holds.</summary>
internal sealed class SigningInputs
{
    private readonly Option<string[]> _targets = Inputs.Keys("--targets-key", "A private key that signs targets.");
    private readonly Option<string[]> _snapshot = Inputs.Keys("--snapshot-key", "A private key that signs snapshot.");
    private readonly Option<string[]> _timestamp = Inputs.Keys(
        "--timestamp-key",
        "A private key that signs timestamp."
    );
    private readonly Option<Duration> _targetsExpires = Expires("targets", TimeSpan.FromDays(90));
    private readonly Option<Duration> _snapshotExpires = Expires("snapshot", TimeSpan.FromDays(90));
    private readonly Option<Duration> _timestampExpires = Expires("timestamp", TimeSpan.FromDays(7));

    public Option[] Options => [_targets, _snapshot, _timestamp, _targetsExpires, _snapshotExpires, _timestampExpires];

    public OpenPlan Open(ParseResult args)
    {
        var (targets, snapshot, timestamp) = (
            Inputs.Signers(args, _targets),
            Inputs.Signers(args, _snapshot),
            Inputs.Signers(args, _timestamp)
        );
        var plan = new SigningPlan(
            targets,
            snapshot,
            timestamp,
            args.GetValue(_targetsExpires).Time,
            args.GetValue(_snapshotExpires).Time,
            args.GetValue(_timestampExpires).Time
        );
        return new OpenPlan(plan, [targets, snapshot, timestamp]);
    }

    private static Option<Duration> Expires(string role, TimeSpan standard) =>
        Inputs.Duration($"--{role}-expires", $"How long {role} holds.", standard);
}

/// <param name="Keys">Open as long as this is; they may be in tokens.</param>
internal sealed record OpenPlan(SigningPlan Plan, IReadOnlyList<SigningKeys> Keys) : IDisposable
{
    public void Dispose()
    {
        foreach (var key in Keys)
        {
            key.Dispose();
        }
    }
}
