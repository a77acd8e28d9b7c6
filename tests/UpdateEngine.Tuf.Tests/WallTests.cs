using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests;

public sealed class WallTests
{
    [Fact]
    public void The_library_stands_alone()
    {
        var references = typeof(TufClient).Assembly.GetReferencedAssemblies().Select(a => a.Name!);
        Assert.DoesNotContain(
            references,
            name => !name.StartsWith("System", StringComparison.Ordinal) && name is not "Polly.Core"
        );
    }
}
