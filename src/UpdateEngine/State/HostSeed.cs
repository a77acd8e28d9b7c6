using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace UpdateEngine.State;

/// <summary>
/// The host's place in waves, 0..2047. Derived from the machine id, so that losing the state directory does not move the host to another wave;
/// drawn once and kept where there is no machine id.
/// </summary>
public static class HostSeed
{
    public const int Seeds = 2048;

    /// <summary>Of the seed and of the machine id; neither comes near it (promise P7).</summary>
    private const int MaxBytes = 4096;

    /// <param name="seedFile">Holds the seed as a decimal number; written if it is missing.</param>
    /// <param name="machineIdFile">/etc/machine-id of the host; "uninitialized" (first boot, machine-id(5)) is no id: all hosts would share a seed.</param>
    public static int LoadOrDraw(string seedFile, string machineIdFile)
    {
        if (File.Exists(seedFile))
        {
            var text = Text(seedFile);
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var kept) && kept < Seeds
                ? kept
                : throw new UpdateException(
                    ErrorCodes.ConfigurationInvalid,
                    $"{seedFile} holds \"{(text.Length > 40 ? text[..40] : text)}\", which is not a seed from 0 to {Seeds - 1}.",
                    "Write such a number into the file, or delete it to have the seed drawn again."
                );
        }
        var seed =
            File.Exists(machineIdFile) && Text(machineIdFile) is { Length: > 0 } and not "uninitialized" and var id
                ? Derive(id)
                : RandomNumberGenerator.GetInt32(Seeds);
        StateFile.Guard(seedFile, () => Tuf.Client.DurableFile.Write(seedFile, Encoding.ASCII.GetBytes($"{seed}\n")));
        return seed;
    }

    private static string Text(string path) =>
        Encoding.UTF8.GetString(Tuf.Client.DurableFile.ReadHead(path, MaxBytes)).Trim();

    /// <summary>SHA-256 of a label and the machine id, first 32 bits, modulo 2048. The label keeps the machine id itself private (machine-id(5)).</summary>
    public static int Derive(string machineId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes("update-engine wave seed:" + machineId));
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) % Seeds);
    }
}
