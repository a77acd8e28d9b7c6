namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// A pattern of target names in a delegation: <c>*</c> is any run of characters and <c>?</c> one character (a code point), within a
/// segment; everything else stands for itself. Ordinal, on every system. Specification section 4.5.
/// </summary>
public sealed record PathPattern(string Value)
{
    public bool Matches(TargetName target)
    {
        ReadOnlySpan<char> pattern = Value;
        ReadOnlySpan<char> name = target.Value;
        while (true)
        {
            var (segment, rest) = Split(pattern);
            var (nameSegment, nameRest) = Split(name);
            if (!MatchesSegment(segment, nameSegment) || rest.IsEmpty != nameRest.IsEmpty)
            {
                return false;
            }

            if (rest.IsEmpty)
            {
                return true;
            }

            pattern = rest[1..];
            name = nameRest[1..];
        }
    }

    // The rest keeps its slash, so that "a/" and "a" differ.
    private static Halves Split(ReadOnlySpan<char> path)
    {
        var slash = path.IndexOf('/');
        return slash < 0 ? new Halves(path, default) : new Halves(path[..slash], path[slash..]);
    }

    // On a mismatch the last star takes one character more. Earlier stars need not be tried again, so the time is bounded by the product.
    private static bool MatchesSegment(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (p, n) = (0, 0);
        var (star, taken) = (-1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                taken = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
            {
                n += pattern[p++] == '?' ? CodePointLength(name, n) : 1;
            }
            else if (star >= 0)
            {
                p = star + 1;
                taken += CodePointLength(name, taken);
                n = taken;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static int CodePointLength(ReadOnlySpan<char> text, int index) => char.IsHighSurrogate(text[index]) ? 2 : 1;

    private readonly ref struct Halves(ReadOnlySpan<char> first, ReadOnlySpan<char> rest)
    {
        private readonly ReadOnlySpan<char> _first = first;
        private readonly ReadOnlySpan<char> _rest = rest;

        public void Deconstruct(out ReadOnlySpan<char> first, out ReadOnlySpan<char> rest)
        {
            first = _first;
            rest = _rest;
        }
    }
}
