using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

/// <summary>P7: whatever a table says, reading it ends with a table or an <see cref="UpdateException"/>, and what it took is bounded.</summary>
public sealed class GptFuzzTests
{
    [Fact]
    public void RandomBytes_AreRefused() =>
        Prop.ForAll<byte[]>(bytes =>
            {
                using var disk = new RecordedDisk([.. bytes, .. new byte[4096]]);
                return !TryRead(disk);
            })
            .QuickCheckThrowOnFailure();

    // The CRCs are made right again after each change, so that the checks behind them are reached.
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void RandomFields_WithRightCrcs_NeverCauseAnythingElse(int sectorSize)
    {
        var random = new Random(4711);
        var original = SlotDisk.Make(SlotDisk.Factory, default, sectorSize, 16).Image;
        ulong[] values =
        [
            0,
            1,
            2,
            33,
            127,
            128,
            129,
            4096,
            4097,
            int.MaxValue,
            uint.MaxValue,
            long.MaxValue,
            ulong.MaxValue,
        ];
        var (read, refused) = (0, 0);
        for (var i = 0; i < 4000; i++)
        {
            using var disk = new RecordedDisk(original.ToArray(), sectorSize);
            var backup = disk.Image.Length - sectorSize;
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var value = random.Next(2) == 0 ? values[random.Next(values.Length)] : (ulong)random.NextInt64();
                var at = random.Next(2) == 0 ? 2 * sectorSize + random.Next(16) * 128 + 32 : 8 + random.Next(11) * 8;
                foreach (var header in new[] { sectorSize, backup })
                {
                    var place =
                        at < 128 ? header + at
                        : header == backup ? backup - 2048 + at - 2 * sectorSize
                        : at;
                    BinaryPrimitives.WriteUInt64LittleEndian(disk.Image.AsSpan(place), value);
                }
            }

            FixCrcs(disk.Image, sectorSize, 2 * sectorSize);
            FixCrcs(disk.Image, backup, backup - (2048 + sectorSize - 1) / sectorSize * sectorSize);
            _ = TryRead(disk) ? read++ : refused++;
        }

        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused: the fuzzing reaches one side only");
    }

    private static bool TryRead(RecordedDisk disk)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var table = GuidPartitionTable.Read(disk);
            Assert.All(table.Partitions, p => Assert.InRange(p.Offset + p.Length, 1, disk.Length));
            return true;
        }
        catch (UpdateException e)
        {
            Assert.Equal(ErrorCodes.DiskNoTable, e.Code);
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * GptLimits.MaxTableBytes);
        }
    }

    private static void FixCrcs(byte[] image, int header, int entries)
    {
        var bytes =
            BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(header + 80))
            * (ulong)BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(header + 84));
        if (bytes <= (ulong)(image.Length - entries))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(
                image.AsSpan(header + 88),
                Crc32.Of(image.AsSpan(entries, (int)bytes))
            );
        }

        var size = Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(header + 12)), 92, 512);
        image.AsSpan(header + 16, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(header + 16), Crc32.Of(image.AsSpan(header, (int)size)));
    }
}
