namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>How a prepare ends that meets a fault.</summary>
/// <param name="Code">Of the error; null: it succeeds all the same.</param>
/// <param name="Exit">Its exit code.</param>
/// <param name="Says">A phrase of the reason.</param>
/// <param name="BeforeFirstWrite">Slot B stays as it was, bootable. Else it can't boot any more,</param>
/// <param name="AfterLastWrite">or is complete: it may be activated, or lose its flags with the power and be prepared again.</param>
internal sealed record Outcome(
    string? Code,
    int Exit,
    string Says = "",
    bool BeforeFirstWrite = false,
    bool AfterLastWrite = false
)
{
    public static Outcome Installed { get; } = new(null, 0);

    public static Outcome Verification(string code, string says) => new(code, 65, says);

    public static Outcome Network(string says) => new("tuf-transport", 69, says);

    public static Outcome Disk(ErrorCode code, string says) => new(code.Name, 73, says);

    public string Reason => Says.Length > 0 ? $"... {Says} ..." : "";

    /// <summary>What becomes of slot B; a cell of docs/faults.md.</summary>
    public string Slot =>
        BeforeFirstWrite ? "as it was"
        : AfterLastWrite ? "complete"
        : "unbootable";

    /// <summary>The cell of docs/faults.md.</summary>
    public override string ToString() => Code is null ? "installed" : $"`{Code}` {Exit}";
}
