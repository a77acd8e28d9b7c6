using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>One life for all tests of a class that only look at its log.</summary>
public sealed class RecordedLife : IAsyncLifetime
{
    internal EngineLife Life { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Life = await EngineLife.LiveAsync(DiskShape.Tiny(512, 16, 4, 5));

    public ValueTask DisposeAsync()
    {
        Life.Dispose();
        return ValueTask.CompletedTask;
    }
}
