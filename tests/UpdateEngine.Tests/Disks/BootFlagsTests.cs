using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Disks;

namespace UpdateEngine.Tests.Disks;

public sealed class BootFlagsTests
{
    private const ulong OwnBits = 0x1FFUL << 48;

    [Fact]
    public void ApplyingFlags_ChangesNoOtherBit_AndReadsBackTheSame() =>
        Prop.ForAll<ulong, int, bool>(
                (attributes, number, successful) =>
                {
                    var flags = new BootFlags(number & 15, number >> 4 & 15, successful);
                    var applied = flags.ApplyTo(attributes);
                    return BootFlags.FromAttributes(applied) == flags
                        && (applied & ~OwnBits) == (attributes & ~OwnBits);
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0x0001_0000_0000_0000UL, 1, 0, false)]
    [InlineData(0x00F0_0000_0000_0000UL, 0, 15, false)]
    [InlineData(0x0100_0000_0000_0000UL, 0, 0, true)]
    [InlineData(0x0132_0000_0000_0005UL, 2, 3, true)]
    [InlineData(0xFE00_FFFF_FFFF_FFFFUL, 0, 0, false)]
    public void TheBitsAreThoseOfChromeOs(ulong attributes, int priority, int tries, bool successful) =>
        Assert.Equal(new BootFlags(priority, tries, successful), BootFlags.FromAttributes(attributes));

    [Theory]
    [InlineData(0, 3, true, false)]
    [InlineData(1, 0, false, false)]
    [InlineData(1, 1, false, true)]
    [InlineData(1, 0, true, true)]
    public void ASlotIsSelectable_WithPriority_AndTriesOrASuccess(
        int priority,
        int tries,
        bool successful,
        bool selectable
    ) => Assert.Equal(selectable, new BootFlags(priority, tries, successful).Selectable);

    [Theory]
    [InlineData(16, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 16)]
    [InlineData(0, -1)]
    public void FlagsThatDoNotFit_AreNeverApplied(int priority, int tries) =>
        Assert.Throws<InvalidOperationException>(() => new BootFlags(priority, tries, false).ApplyTo(0));
}
