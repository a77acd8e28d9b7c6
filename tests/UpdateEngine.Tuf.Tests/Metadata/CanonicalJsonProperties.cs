using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

/// <summary>What holds for every JSON value that has a canonical form.</summary>
public sealed class CanonicalJsonProperties
{
    private static readonly string[] s_characters =
    [
        "a",
        "b",
        "Z",
        "0",
        "\"",
        "\\",
        "/",
        " ",
        "é",
        "e\u0301",
        "\uff61",
        "😀",
    ];

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    [Fact]
    public void It_says_the_same_as_the_text_it_was_made_of() =>
        Prop.ForAll(
                Values().ToArbitrary(),
                json => JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(Encode(json)))
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void It_is_its_own_canonical_form() =>
        Prop.ForAll(Values().ToArbitrary(), json => Encode(json) == Encode(Encode(json))).QuickCheckThrowOnFailure();

    [Fact]
    public void It_depends_neither_on_white_space_nor_on_escapes_nor_on_order() =>
        Prop.ForAll(
                Values().ToArbitrary(),
                json =>
                {
                    // The serializer escapes what it need not.
                    var other = Reversed(JsonNode.Parse(json))?.ToJsonString(s_indented) ?? "null";
                    return Encode(json) == Encode(other);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Names_come_in_the_order_of_their_code_points() =>
        Prop.ForAll(
                Objects(0).ToArbitrary(),
                json =>
                {
                    var names = ((JsonObject)JsonNode.Parse(Encode(json))!).Select(member => member.Key).ToArray();
                    var points = names.Select(name => name.EnumerateRunes().Select(rune => rune.Value).ToArray());
                    return points.Zip(points.Skip(1), (a, b) => a.AsSpan().SequenceCompareTo(b) < 0).All(less => less);
                }
            )
            .QuickCheckThrowOnFailure();

    private static string Encode(string json) =>
        Encoding.UTF8.GetString(CanonicalJson.Encode(Encoding.UTF8.GetBytes(json)));

    private static JsonNode? Reversed(JsonNode? node) =>
        node switch
        {
            JsonObject o => new JsonObject(o.Reverse().Select(m => KeyValuePair.Create(m.Key, Reversed(m.Value)))),
            JsonArray a => new JsonArray([.. a.Select(Reversed)]),
            _ => node?.DeepClone(),
        };

    private static Gen<string> Values(int depth = 3) =>
        depth == 0 ? Leaves() : Gen.OneOf(Leaves(), Arrays(depth - 1), Objects(depth - 1));

    private static Gen<string> Leaves() =>
        Gen.OneOf(
            Gen.Elements("null", "true", "false", "0", "-7", "123456789012345678901234567890"),
            ArbMap.Default.GeneratorFor<long>().Select(number => $"{number}"),
            Strings()
        );

    private static Gen<string> Strings() =>
        Gen.Elements(s_characters).ArrayOf().Select(parts => Quote(string.Concat(parts.Take(6))));

    private static Gen<string> Arrays(int depth) =>
        Values(depth).ArrayOf().Select(values => $"[{string.Join(", ", values.Take(4))}]");

    private static Gen<string> Objects(int depth) =>
        Gen.Zip(Strings(), Values(depth))
            .ArrayOf()
            .Select(members => members.DistinctBy(m => m.Item1).Take(6).Select(m => $"{m.Item1}: {m.Item2}"))
            .Select(members => $"{{{string.Join(",", members)}}}");

    private static string Quote(string text) => $"\"{text.Replace("\\", @"\\").Replace("\"", "\\\"")}\"";
}
