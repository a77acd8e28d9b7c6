using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// What a program did to its state directory. Paths are relative to it, "" is the directory itself. A file is a number: what lies in it and what
/// it is called become durable apart.
/// </summary>
internal abstract record FileOperation : DiskOperation;

internal sealed record DirectoryMade(string Path) : FileOperation;

/// <param name="File">null: the name is removed.</param>
/// <param name="Source">The name that goes away in the same step, of a rename.</param>
internal sealed record FileNamed(string Path, int? File, string? Source = null) : FileOperation;

/// <param name="Content">The whole content after the write.</param>
internal sealed record FileWritten(int File, byte[] Content) : FileOperation;

internal sealed record FileFlushed(int File) : FileOperation;

/// <summary>Names that were made, changed or removed in this directory are on the medium.</summary>
internal sealed record DirectoryFlushed(string Path) : FileOperation
{
    /// <summary>Whether this flush made that change of a name durable. A rename of ours stays in its directory.</summary>
    public bool Covers(FileOperation change) =>
        change switch
        {
            DirectoryMade made => Tree.ParentOf(made.Path) == Path,
            FileNamed named => Tree.ParentOf(named.Path) == Path,
            _ => false,
        };
}
