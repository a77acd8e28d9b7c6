using System.Buffers.Binary;

namespace SystemTests.Harness;

/// <summary>What an attacker on a mirror can make without any key.</summary>
internal static class Attack
{
    /// <summary>Valid zstd of exactly this length that decodes to another file system: padded with a skippable frame (RFC 8878, section 3.1.2).</summary>
    public static async Task<byte[]> SameLengthAsync(string image, int length)
    {
        var evil = image + ".evil";
        File.Copy(image, evil);
        (await RunningProgram.RunAsync(Programs.Machine("debugfs"), "-w", "-R", "rm program", evil)).Expect(0);
        // Its blocks are free now but still full of what does not compress.
        await using (var file = File.OpenWrite(evil))
        {
            file.Position = 3 * Images.MiB / 2;
            await file.WriteAsync(new byte[Images.MiB]);
        }

        (await RunningProgram.RunAsync(Programs.Machine("zstd"), "-q", "-f", evil, "-o", evil + ".zst")).Expect(0);
        var compressed = await File.ReadAllBytesAsync(evil + ".zst");
        var padding = length - compressed.Length - 8;
        Assert.True(padding >= 0, $"the attack has {-padding} bytes too many");
        var result = new byte[length];
        compressed.CopyTo(result, 0);
        var frame = result.AsSpan(compressed.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0x184D2A50);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], padding);
        await File.WriteAllBytesAsync(evil + ".zst", result);
        (await RunningProgram.RunAsync(Programs.Machine("zstd"), "-q", "-t", evil + ".zst")).Expect(0);
        return result;
    }
}
