using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// The targets of a role. All are checked at once, and read where they stand when they are asked for: of a hundred thousand a host wants
/// a handful, and so nothing is made of the others but their places, in the order of their names.
/// </summary>
internal sealed class TargetFiles : IReadOnlyDictionary<string, TargetFile>
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly int _maxDepth;
    private readonly List<Place> _places = [];

    private TargetFiles(ReadOnlyMemory<byte> json, int maxDepth)
    {
        _json = json;
        _maxDepth = maxDepth;
    }

    /// <summary>Where a target's name stands in the document, between its quotes, and where its value begins.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Place(int Name, int NameLength, int Value);

    public int Count => _places.Count;

    public IEnumerable<string> Keys => _places.Select(NameOf);

    public IEnumerable<TargetFile> Values => _places.Select(ReadAt);

    public TargetFile this[string key] =>
        TryGetValue(key, out var target) ? target : throw new KeyNotFoundException($"There is no target '{key}'.");

    public bool ContainsKey(string key) => Find(key) is not null;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TargetFile value)
    {
        value = Find(key) is { } place ? ReadAt(place) : null;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, TargetFile>> GetEnumerator() =>
        Values.Select(target => KeyValuePair.Create(target.Name, target)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static TargetFiles Read(ref FieldReader reader, Envelope envelope)
    {
        var targets = new TargetFiles(envelope.Signed, envelope.MaxDepth);
        reader.ReadObject("'targets'");
        while (reader.NextField(out var name, out var nameLength))
        {
            var place = new Place(name, nameLength, reader.Position);
            targets._places.Add(place);
            try
            {
                TargetFile.Check(ref reader);
            }
            catch (JsonException error)
            {
                throw new JsonException($"the target '{targets.NameOf(place)}': {error.Message}", error);
            }
        }

        targets.Sort();
        return targets;
    }

    // Every tool that signs canonical JSON has them sorted already; escapes alone may stand elsewhere than what they mean.
    private void Sort()
    {
        for (var i = 1; i < _places.Count; i++)
        {
            if (Compare(_places[i - 1], _places[i]) <= 0)
            {
                continue;
            }

            _places.Sort(Compare);
            return;
        }
    }

    private Place? Find(string key)
    {
        var name = Encoding.UTF8.GetBytes(key);
        var (low, high) = (0, _places.Count - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var order = BytesOf(_places[middle]).SequenceCompareTo(name);
            if (order == 0)
            {
                return _places[middle];
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return null;
    }

    private int Compare(Place a, Place b) => BytesOf(a).SequenceCompareTo(BytesOf(b));

    private ReadOnlySpan<byte> BytesOf(Place place)
    {
        var bytes = _json.Span.Slice(place.Name, place.NameLength);
        return bytes.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(NameOf(place)) : bytes;
    }

    private string NameOf(Place place)
    {
        var reader = new Utf8JsonReader(_json.Span.Slice(place.Name - 1, place.NameLength + 2));
        reader.Read();
        return reader.GetString()!;
    }

    private TargetFile ReadAt(Place place)
    {
        var reader = new FieldReader(_json.Span[place.Value..], _maxDepth);
        return TargetFile.Read(ref reader, NameOf(place));
    }
}
