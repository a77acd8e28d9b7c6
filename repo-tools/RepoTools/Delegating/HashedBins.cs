using System.Globalization;
using System.Numerics;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <summary>Bins for targets by the SHA-256 of their names: a power of two of them, named PREFIX-0 to PREFIX-ff, as many digits as the last one needs.</summary>
internal static class HashedBins
{
    /// <summary>Clients keep the whole snapshot in memory, and refuse a long one: with more bins than this it has over a megabyte.</summary>
    public const int MaxCount = 8192;

    private const int BitsOfDigit = 4;

    /// <returns>The number of bits that tell bins apart.</returns>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/>.</exception>
    public static int BitLength(int count) =>
        count is >= 2 and <= MaxCount && BitOperations.IsPow2(count)
            ? BitOperations.Log2((uint)count)
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"There can't be {count} bins.",
                $"Give a power of two from 2 to {MaxCount}."
            );

    /// <summary>The same bins as roles of their own, for clients that do not know TAP 15. They are not terminating: a client asks the only bin that fits.</summary>
    public static IEnumerable<DelegatedRole> ByPrefix(string prefix, int bitLength, KeyGrant grant)
    {
        var keys = grant.ToRoleKeys();
        var digits = (bitLength + BitsOfDigit - 1) / BitsOfDigit;
        // A prefix has whole digits; where the bits end within one, a bin has several prefixes.
        var prefixes = 1 << (digits * BitsOfDigit - bitLength);
        for (var bin = 0; bin < 1 << bitLength; bin++)
        {
            yield return new DelegatedRole(
                $"{prefix}-{Hex(bin, digits)}",
                keys,
                Terminating: false,
                Paths: null,
                [.. Enumerable.Range(bin * prefixes, prefixes).Select(n => Hex(n, digits))]
            );
        }
    }

    private static string Hex(int number, int digits) => number.ToString($"x{digits}", CultureInfo.InvariantCulture);
}
