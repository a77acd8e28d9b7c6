using UpdateEngine.Images;
using UpdateEngine.Releases;

namespace UpdateEngine.Updates;

/// <summary>
/// The spine: what a host does to move from one release to the next. One file a step, in the order in which they happen:
/// Check (is there something for this host?), Prepare (write it into the slot that does not run), Activate (let it boot next), and after that
/// boot Confirm (is it healthy? else go back by itself). Cancel and RollBack are the operator's way out.
/// Every step holds the host's operation lock and, while it writes, the disk's.
/// </summary>
public sealed partial class Updater(Host host, IReboot reboot)
{
    /// <summary>What was found and decided; a decision without a release is a result, not an error.</summary>
    public sealed record CheckResult(Decision Decision, HostIdentity Identity, IReadOnlyList<string> Warnings);

    /// <summary>What a step did, in one sentence for a person.</summary>
    public sealed record StepResult(string Slot, string? Version, string Text);

    /// <summary>Bytes of an image between two checkpoints of a prepare; as much and a frame is fetched again after an interruption.</summary>
    internal long Checkpoint { get; init; } = ImagePipeline.Checkpoint;

    private DateTimeOffset Now => host.Time.GetUtcNow();

    private static UpdateException NothingToDo(Refusal refusal) =>
        refusal.Reason == RefusalReason.PinnedVersionMissing
            ? new(ErrorCodes.VersionNotFound, $"Not found: {refusal.Text}.", "`updatectl check` says what is offered.")
            : new(ErrorCodes.NothingToDo, $"Nothing to do: {refusal.Text}.", NextStep(refusal));

    /// <summary>What an operator can do about a refusal who does not want to wait; null where there is nothing.</summary>
    public static string? NextStep(Refusal refusal) =>
        refusal.Reason switch
        {
            RefusalReason.WaveNotOpen => "`updatectl prepare --ignore-waves` does not wait.",
            RefusalReason.Denied => $"`updatectl deny remove {refusal.Version}` allows it again.",
            _ => null,
        };

    /// <summary>Appends to the history where that must not stop the work itself: a full disk never prevents going back.</summary>
    private void TryRemember(
        string what,
        string? slot,
        string? version,
        string text,
        ErrorCode? code = null,
        string? evidence = null
    ) => BestEffort(() => host.Remember(what, slot, version, text, code, evidence));

    private static bool BestEffort(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.StateWriteFailed || e.Code == ErrorCodes.StateCorrupt)
        {
            return false;
        }
    }
}
