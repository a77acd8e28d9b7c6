namespace RepoTools.Inspecting;

/// <summary>Something that is legal but unwise, or broken.</summary>
/// <param name="Name">Stable, for scripts: "root-threshold".</param>
/// <param name="Severity">"error": some host is or will be refused something; "warning": a danger; "note": waste.</param>
/// <param name="What">One sentence.</param>
/// <param name="Next">What to do about it.</param>
internal sealed record Finding(string Name, string Severity, string What, string Next)
{
    public const string Error = "error";
    public const string Warning = "warning";
    public const string Note = "note";
}
