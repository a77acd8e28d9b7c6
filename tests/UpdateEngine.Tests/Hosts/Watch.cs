using UpdateEngine.Images;

namespace UpdateEngine.Tests.Hosts;

/// <summary>Sees each step of a transfer in the thread that makes it.</summary>
internal sealed class Watch(Action<TransferStep> report) : IProgress<TransferStep>
{
    public void Report(TransferStep value) => report(value);
}
