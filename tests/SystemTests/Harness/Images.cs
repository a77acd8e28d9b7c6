using System.Security.Cryptography;

namespace SystemTests.Harness;

/// <summary>Small but real file systems: ext4 with an os-release, and files of pseudo-random bytes so that they do not shrink to nothing.</summary>
internal static class Images
{
    public const long MiB = 1 << 20;

    /// <param name="random">How much of it can't be compressed, in bytes.</param>
    public static async Task<string> RootAsync(string path, string version, long size = 8 * MiB, int random = 3 << 20)
    {
        var tree = path + ".tree";
        Directory.CreateDirectory(Path.Combine(tree, "usr/lib"));
        await File.WriteAllTextAsync(
            Path.Combine(tree, "usr/lib/os-release"),
            $"ID=demo\nNAME=\"Demo OS\"\nVARIANT_ID=demo\nVERSION_ID={version}\n"
        );
        var bytes = new byte[random];
        new Random(version.Sum(c => c)).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(tree, "program"), bytes);
        await MakeAsync(path, tree, size);
        return path;
    }

    public static async Task<string> BootAsync(string path)
    {
        var tree = path + ".tree";
        Directory.CreateDirectory(tree);
        await File.WriteAllTextAsync(Path.Combine(tree, "cmdline"), "console=ttyS0 quiet\n");
        await MakeAsync(path, tree, MiB);
        return path;
    }

    /// <summary>SHA-256 of a part of a file, by its own reading and not by the program under test.</summary>
    public static string Digest(string path, long offset = 0, long? length = null)
    {
        // Without the lock that .NET takes by default: a program under test may hold the disk.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var left = length ?? file.Length - offset; left > 0; )
        {
            var count = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            Assert.True(count > 0, $"{path} ends early");
            sha256.AppendData(buffer, 0, count);
            left -= count;
        }

        return Convert.ToHexStringLower(sha256.GetHashAndReset());
    }

    private static async Task MakeAsync(string path, string tree, long size)
    {
        var made = await RunningProgram.RunAsync(
            Programs.Machine("mke2fs"),
            ["-q", "-F", "-t", "ext4", "-m", "0", "-O", "^has_journal", "-d", tree, path, $"{size / 1024}k"]
        );
        made.Expect(0);
        Directory.Delete(tree, recursive: true);
    }
}
