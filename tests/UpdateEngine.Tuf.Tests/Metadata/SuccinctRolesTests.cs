using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

public sealed class SuccinctRolesTests
{
    private static readonly RoleKeys s_keys = new(new HashSet<string> { "key" }, 1);

    [Theory]
    [InlineData(1, "bin-0", "bin-1")]
    [InlineData(4, "bin-0", "bin-f")]
    [InlineData(5, "bin-00", "bin-1f")]
    [InlineData(10, "bin-000", "bin-3ff")]
    public void Bins_have_as_many_digits_as_the_last_one_needs(int bits, string first, string last)
    {
        var bins = new SuccinctRoles(s_keys, bits, "bin");

        Assert.Equal(1L << bits, bins.Count);
        Assert.Equal(bins.Count, bins.Names().Distinct(StringComparer.Ordinal).Count());
        Assert.Equal((first, last), (bins.Names().First(), bins.Names().Last()));
        Assert.All(bins.Names(), name => Assert.True(bins.Contains(name)));
    }

    [Theory]
    [InlineData("bin-20")]
    [InlineData("bin-0")]
    [InlineData("bin-000")]
    [InlineData("bin-1F")]
    [InlineData("bin- 1")]
    [InlineData("bin_00")]
    [InlineData("bun-00")]
    [InlineData("")]
    public void Other_names_are_no_bins(string name) =>
        Assert.False(new SuccinctRoles(s_keys, 5, "bin").Contains(name));

    [Fact]
    public void A_target_belongs_to_one_of_the_bins()
    {
        var bins = new SuccinctRoles(s_keys, 32, "bin");

        Assert.True(bins.Contains(bins.RoleFor(new TargetName("a"))));
        Assert.Equal("bin-ca978112", bins.RoleFor(new TargetName("a")));
    }
}
