namespace UpdateEngine.Tuf.Client;

/// <summary>A system call by which a file outlives its process, or the power.</summary>
internal enum DurableStep
{
    MakeDirectory,
    Create,
    Write,
    Flush,
    Rename,

    /// <summary>A second name, in the place of none.</summary>
    Link,
    Delete,
    FlushDirectory,
}

/// <summary>One such call that <see cref="DurableFile"/> has made.</summary>
/// <param name="Path">What it changed or flushed; of a rename the new name.</param>
/// <param name="Source">Of a rename the old name, of a link the other one.</param>
internal readonly record struct DurableCall(DurableStep Step, string Path, string? Source)
{
    /// <summary>Whether another process sees a difference; a flush makes one for a power cut only.</summary>
    public bool IsVisible => Step is not (DurableStep.Flush or DurableStep.FlushDirectory);
}
