using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.State;

public sealed class StateTests : IDisposable
{
    private static readonly DateTimeOffset s_at = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();

    private string JournalPath => _directory["state/journal.json"];
    private string DeniedPath => _directory["state/denied.json"];
    private string HistoryPath => _directory["state/history.jsonl"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_journal_keeps_everything()
    {
        var images = new SortedDictionary<string, PreparedImage>
        {
            ["root"] = new("r.zst", 7, new string('a', 64)),
            ["boot"] = new("b.zst", 8, Blake2b: new string('b', 128)),
        };
        var document = new JournalDocument
        {
            Slots = new() { ["B"] = new PreparedRelease("demo", "x86_64", "1.2.0", s_at, images) },
            Writing = "A",
            Intent = new BootIntent("activate", "B", "1.2.0", s_at),
            Verdict = new BootVerdict("boot", "A", null, true, s_at, "fine"),
        };
        new Journal(JournalPath).Save(document);
        var loaded = new Journal(JournalPath).Load();
        Assert.Equal(
            (document.Writing, document.Intent, document.Verdict),
            (loaded.Writing, loaded.Intent, loaded.Verdict)
        );
        Assert.Equal(document.Slots["B"], loaded.Slots["B"], Ignoring);
        Assert.Equal(images, loaded.Slots["B"].Images);
    }

    [Fact]
    public void What_was_never_written_is_empty()
    {
        Assert.Empty(new Journal(JournalPath).Load().Slots);
        Assert.Empty(new DenyList(DeniedPath).Load());
        Assert.Empty(new History(HistoryPath).Load());
        Assert.Null(new LastCheckFile(_directory["last"]).Load());
        Assert.False(Directory.Exists(_directory["state"]));
    }

    public static TheoryData<string> Damaged =>
        new(
            "",
            "null",
            "{",
            "[]",
            "\0\0\0\0",
            "{\"slots\": null, \"denied\": null}",
            "{\"slots\": {\"A\": null}, \"denied\": [null]}",
            "{\"slots\": {\"A\": {}}, \"denied\": [{}]}",
            "{\"slots\": {\"A\": {\"variant\":\"v\",\"arch\":\"a\",\"version\":\"1\",\"at\":\"2026-11-20T12:00:00Z\",\"images\":{\"root\":null}}},"
                + "\"denied\": [{\"version\":null,\"reason\":\"r\",\"at\":\"2026-11-20T12:00:00Z\"}]}",
            "{\"slots\": {}, \"slots\": {}, \"denied\": [], \"denied\": []}"
        );

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_an_error_that_names_it_and_the_way_out(string content)
    {
        _directory.Write("state/journal.json", content);
        _directory.Write("state/denied.json", content);
        var journal = Errors.Is(ErrorCodes.StateCorrupt, () => new Journal(JournalPath).Load());
        var denied = Errors.Is(ErrorCodes.StateCorrupt, () => new DenyList(DeniedPath).Load());
        Assert.StartsWith($"{JournalPath} can't be used: ", journal.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{DeniedPath} can't be used: ", denied.Message, StringComparison.Ordinal);
        Assert.StartsWith("Delete the file", journal.NextStep, StringComparison.Ordinal);
        Assert.StartsWith("Restore the file, or delete it", denied.NextStep, StringComparison.Ordinal);
        Assert.False(journal.Message.EndsWith("..", StringComparison.Ordinal), journal.Message);
    }

    [Fact]
    public void A_directory_in_the_place_of_a_file_is_an_error_not_an_empty_list()
    {
        Directory.CreateDirectory(DeniedPath);
        Errors.Is(ErrorCodes.StateCorrupt, () => new DenyList(DeniedPath).Load());
    }

    [Fact]
    public void A_file_that_no_engine_wrote_is_not_read_into_memory()
    {
        _directory.Write("state/journal.json", "");
        using (var file = File.OpenWrite(JournalPath))
        {
            file.SetLength(16L * 1024 * 1024 + 1);
        }

        var error = Errors.Is(ErrorCodes.StateCorrupt, () => new Journal(JournalPath).Load());
        Assert.Contains("larger than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fields_of_a_later_engine_do_not_disturb()
    {
        _directory.Write("state/denied.json", """{"denied": [], "invented": 1}""");
        Assert.Empty(new DenyList(DeniedPath).Load());
    }

    [Fact]
    public void Denying_replaces_the_entry_of_the_version_and_keeps_the_others()
    {
        var list = new DenyList(DeniedPath);
        var (a, b) = (
            new DeniedRelease("1.0.0", "a", s_at, null, "health"),
            new DeniedRelease("1.1.0", "b", s_at, s_at, "operator")
        );
        list.Add(a);
        list.Add(b);
        list.Add(a with { Reason = "again" });
        Assert.Equal([b, a with { Reason = "again" }], new DenyList(DeniedPath).Load());
        Assert.True(list.Remove("1.1.0"));
        Assert.False(list.Remove("1.1.0"));
        Assert.Equal("again", Assert.Single(list.Load()).Reason);
    }

    [Fact]
    public void History_is_told_oldest_first_and_the_last_ones_on_demand()
    {
        var history = new History(HistoryPath);
        var entries = Enumerable.Range(0, 5).Select(Entry).ToList();
        entries.ForEach(history.Append);
        Assert.Equal(entries, history.Load());
        Assert.Equal(entries[3..], history.Load(2));
    }

    [Theory]
    [InlineData("{\"at\":\"2026")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\0\0\0\0")]
    [InlineData("\u00e9")]
    public void A_torn_line_of_history_is_passed_over_and_the_next_entry_is_whole(string torn)
    {
        var history = new History(HistoryPath);
        history.Append(Entry(1));
        File.AppendAllText(HistoryPath, torn);
        Assert.Equal([Entry(1)], history.Load());
        history.Append(Entry(2));
        history.Append(Entry(3));
        Assert.Equal([Entry(1), Entry(2), Entry(3)], history.Load());
    }

    [Fact]
    public void Of_a_long_history_only_the_end_is_read()
    {
        var line = new string('x', 1023) + "\n";
        _directory.Write("state/history.jsonl", string.Concat(Enumerable.Repeat(line, 3000)));
        new History(HistoryPath).Append(Entry(1));
        Assert.Equal([Entry(1)], new History(HistoryPath).Load());
    }

    [Fact]
    public void A_full_state_directory_is_a_named_failure_and_keeps_what_was_there()
    {
        new Journal(JournalPath).Save(new JournalDocument { Writing = "A" });
        new History(HistoryPath).Append(Entry(1));
        using var full = FullDirectory.At(_directory["state"]);
        var error = Errors.Is(ErrorCodes.StateWriteFailed, () => new Journal(JournalPath).Save(new JournalDocument()));
        Assert.Contains(JournalPath, error.Message, StringComparison.Ordinal);
        Assert.Equal("A", new Journal(JournalPath).Load().Writing);
        Errors.Is(ErrorCodes.StateWriteFailed, () => new DenyList(DeniedPath).Add(new("1", "", s_at, null, "")));
        Assert.Equal([Entry(1)], new History(HistoryPath).Load());
    }

    [Fact]
    public void A_damaged_memory_of_the_last_check_is_nothing()
    {
        _directory.Write("last", "{}");
        Assert.Null(new LastCheckFile(_directory["last"]).Load());
        var check = new LastCheck(s_at, "1.1.0", "demo", "x86_64", null, "t", null, ["w"], ["1.1.0"]);
        new LastCheckFile(_directory["last"]).Save(check);
        Assert.Equal(check, new LastCheckFile(_directory["last"]).Load()!, IgnoringLists);
    }

    private static bool Ignoring(PreparedRelease a, PreparedRelease b) =>
        (a.Variant, a.Arch, a.Version, a.At) == (b.Variant, b.Arch, b.Version, b.At);

    private static bool IgnoringLists(LastCheck a, LastCheck b) =>
        (a.At, a.Available, a.Variant, a.Arch, a.Text) == (b.At, b.Available, b.Variant, b.Arch, b.Text);

    private static HistoryEntry Entry(int n) => new(s_at.AddMinutes(n), "prepared", "B", null, null, $"entry {n}");

    [Fact]
    public void A_history_that_grows_too_long_keeps_its_newer_half_in_whole_lines()
    {
        using var directory = new TemporaryDirectory();
        var history = new History(Path.Combine(directory.Path, "history.jsonl"));
        var text = new string('x', 50_000);
        for (var i = 0; i < 30; i++)
        {
            history.Append(
                new HistoryEntry(DateTimeOffset.UnixEpoch.AddDays(i), "prepared", "A", $"1.{i}.0", null, text)
            );
        }

        var versions = history.Load().Select(e => e.Version!).ToList();
        Assert.Equal("1.29.0", versions[^1]);
        Assert.InRange(versions.Count, 8, 21);
        Assert.Equal(Enumerable.Range(30 - versions.Count, versions.Count).Select(i => $"1.{i}.0"), versions);
    }
}
