namespace UpdateEngine.Tuf.Transport;

/// <summary>From where on a file is wanted.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Validator">Which state of the file the bytes before it are of, if that is known.</param>
public sealed record ResumePoint(long Offset, FileValidator? Validator);
