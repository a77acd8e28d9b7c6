namespace UpdateEngine.Images;

/// <summary>How far a long piece of work is.</summary>
/// <param name="What">"root image", "root image, reading back"; one bar or line each.</param>
/// <param name="Done">Bytes so far.</param>
/// <param name="Total">Bytes in all; 0 where nobody knows yet.</param>
public readonly record struct TransferStep(string What, long Done, long Total);
