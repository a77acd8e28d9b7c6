using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Tests.Releases;

/// <summary>The rules of "Choice" in the manifest's format, one by one.</summary>
public sealed class UpdatePolicyTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly ChoiceOptions s_any = new();

    /// <summary>A release is "version[/max_version] [recalled] [paused] [later] [min=version] [other-variant] [other-arch]".</summary>
    [Theory]
    [InlineData("1.0.0", "1.1.0, 1.2.0, 1.1.5", "1.2.0")] // the highest
    [InlineData("1.2.0", "1.1.0, 1.2.0", null)] // nothing newer
    [InlineData("1.2.0-rc.1", "1.2.0", "1.2.0")]
    [InlineData("1.2.0+a", "1.2.0+b", null)] // build metadata is no update
    [InlineData(null, "1.1.0, 1.2.0", "1.2.0")] // unknown: anything is better
    [InlineData("1.0.0", "1.2.0 other-variant, 1.3.0 other-arch, 1.1.0", "1.1.0")]
    [InlineData("1.0.0", "1.2.0 other-variant", null)]
    [InlineData("1.0.0", "1.2.0/1.1.0, 1.1.0", "1.1.0")] // above its max_version
    [InlineData("1.0.0", "1.2.0 recalled, 1.1.0", "1.1.0")]
    [InlineData("1.2.0", "1.2.0 recalled, 1.1.0, 1.0.0", "1.1.0")] // recalled here: down to the best
    [InlineData("1.2.0", "1.2.0 recalled, 1.1.0, 1.3.0", "1.3.0")] // or up
    [InlineData("1.2.0", "1.2.0 recalled, 1.1.0 recalled, 1.0.0", "1.0.0")]
    [InlineData("1.2.0", "1.2.0 recalled", null)]
    [InlineData("2.0.0", "1.1.0, 1.2.0", "1.2.0")] // above every max_version: down
    [InlineData("2.0.0", "1.1.0, 1.2.0/2.0.0", null)] // not above the highest
    [InlineData("1.0.0", "1.2.0 min=1.1.0, 1.1.0", "1.1.0")] // a step between
    [InlineData("1.1.0", "1.2.0 min=1.1.0, 1.1.0", "1.2.0")]
    [InlineData(null, "1.2.0 min=1.1.0", null)]
    [InlineData("1.0.0", "1.2.0 paused, 1.1.0", "1.1.0")]
    [InlineData("1.0.0", "1.2.0 later, 1.1.0", "1.1.0")] // its wave is not open
    [InlineData("1.0.0", "1.2.0 later", null)]
    public void The_highest_release_that_may_be_taken_is_chosen(string? running, string offered, string? chosen) =>
        Assert.Equal(chosen, Choose(running, offered, s_any).Chosen?.Version.ToString());

    [Theory]
    [InlineData("1.1.0", "1.1.0")] // up, not the highest
    [InlineData("v1.1.0", "1.1.0")]
    [InlineData("0.9.0", "0.9.0")] // down
    [InlineData("1.2.0", "1.2.0")] // waves are skipped
    [InlineData("1.0.0", null)] // runs already
    [InlineData("1.4.0", null)] // recalled
    [InlineData("1.5.0", null)] // paused
    [InlineData("1.6.0", null)] // denied
    [InlineData("1.7.0", null)] // needs a step
    [InlineData("3.0.0", null)] // no such version
    public void A_pin_takes_exactly_that_version(string pin, string? chosen) =>
        Assert.Equal(chosen, Pinned(pin, force: false).Chosen?.Version.ToString());

    [Theory]
    [InlineData("1.4.0", "1.4.0")]
    [InlineData("1.5.0", "1.5.0")]
    [InlineData("1.6.0", "1.6.0")]
    [InlineData("1.7.0", null)] // but not a step: the data could not follow
    [InlineData("3.0.0", null)]
    public void Force_skips_recall_pause_and_deny_list_of_the_pinned_version(string pin, string? chosen) =>
        Assert.Equal(chosen, Pinned(pin, force: true).Chosen?.Version.ToString());

    [Fact]
    public void Force_without_a_pin_forces_nothing() =>
        Assert.Equal("1.1.0", Choose("1.0.0", "1.2.0 recalled, 1.1.0", new(Force: true)).Chosen?.Version.ToString());

    [Fact]
    public void An_operator_need_not_wait_for_the_wave() =>
        Assert.Equal("1.2.0", Choose("1.0.0", "1.2.0 later", new(IgnoreWaves: true)).Chosen?.Version.ToString());

    [Theory]
    [InlineData(null, null)]
    [InlineData(1, null)]
    [InlineData(0, "1.2.0")]
    [InlineData(-1, "1.2.0")]
    public void A_denied_release_is_passed_over_until_its_time_has_passed(int? hours, string? chosen)
    {
        var until = hours is { } h ? s_now.AddHours(h) : (DateTimeOffset?)null;
        DeniedRelease[] denied = [new("1.2.0", "no web", s_now, until, "health")];
        var decision = Choose("1.0.0", "1.2.0", s_any, denied);
        Assert.Equal(chosen, decision.Chosen?.Version.ToString());
        Assert.Equal(chosen is null ? until : null, decision.Refusal?.Until);
    }

    [Fact]
    public void A_paused_manifest_holds_back_every_release_but_tells_of_a_recall()
    {
        var manifest = Manifest("1.2.0, 1.0.0 recalled") with { Paused = "investigating" };
        var decision = UpdatePolicy.Choose(manifest, Host("1.0.0"), [], s_now, s_any);
        Assert.Equal("1.2.0 is paused by its publisher: investigating", decision.Refusal?.Text);
        Assert.Equal("bad", decision.RunningRecalled);
    }

    [Theory]
    [InlineData("1.2.0", "1.2.0", "UpToDate", "version 1.2.0 is the newest for this host")]
    [InlineData(
        "1.2.0",
        "1.2.0 recalled",
        "NothingOffered",
        "version 1.2.0, which runs here, is no longer offered, and there is nothing to go to"
    )]
    [InlineData(
        "1.0.0",
        "1.2.0 other-arch",
        "NothingOffered",
        "the repository offers nothing for variant demo on x86_64"
    )]
    [InlineData("1.0.0", "1.2.0 recalled", "Recalled", "1.2.0 was recalled by its publisher: bad")]
    [InlineData("1.0.0", "1.2.0/1.1.0", "NotOffered", "1.2.0 is above its highest allowed version 1.1.0")]
    [InlineData("1.0.0", "1.2.0 paused", "Paused", "1.2.0 is paused by its publisher: wait")]
    [InlineData("1.0.0", "1.2.0 min=1.1.0", "NeedsStep", "1.2.0 needs at least 1.1.0 and 1.0.0 runs here")]
    [InlineData(null, "1.2.0 min=1.1.0", "NeedsStep", "1.2.0 needs at least 1.1.0 and an unknown version runs here")]
    [InlineData("1.0.0", "1.6.0", "Denied", "1.6.0 is on this host's deny list: no web")]
    [InlineData(
        "1.0.0",
        "1.2.0 later",
        "WaveNotOpen",
        "wave 2 of 2 of 1.2.0 opens for this host at 2026-11-20 14:10 UTC (in 2 h 10 min)"
    )]
    public void A_refusal_says_why_and_when(string? running, string offered, string reason, string text)
    {
        var refusal = Choose(running, offered, s_any, [new("1.6.0", "no web", s_now, null, "health")]).Refusal!;
        Assert.Equal((reason, text), (refusal.Reason.ToString(), refusal.Text));
        Assert.Equal(reason == "WaveNotOpen" ? s_now.AddMinutes(130) : null, refusal.Until);
    }

    [Fact]
    public void A_missing_pin_is_told_from_nothing_to_do()
    {
        var refusal = Pinned("3.0.0", force: false).Refusal!;
        Assert.Equal(RefusalReason.PinnedVersionMissing, refusal.Reason);
        Assert.Equal("the repository has no version 3.0.0 for demo on x86_64", refusal.Text);
    }

    private static Decision Pinned(string pin, bool force) =>
        Choose(
            "1.0.0",
            "0.9.0, 1.0.0, 1.1.0, 1.2.0 later, 1.4.0 recalled, 1.5.0 paused, 1.6.0, 1.7.0 min=1.6.0, 2.0.0",
            new(SemanticVersion.Parse(pin), force),
            [new("1.6.0", "no web", s_now, null, "health")]
        );

    [Theory]
    [InlineData("1.0.0", "(1.0.0, 1.1.0)", null)]
    [InlineData("1.0.0", "(1.1.0, 1.2.0)", null)] // a later step of the way
    [InlineData("1.1.0", "(1.0.0, 1.1.0)", "1.2.0")] // behind it
    [InlineData("1.0.0", "(1.2.0, 1.3.0)", "1.2.0")] // beyond it
    public void A_release_whose_data_must_be_migrated_is_refused_as_long_as_nobody_can(
        string running,
        string step,
        string? chosen
    )
    {
        var manifest = Manifest("1.2.0") with
        {
            Migrations = new() { [step] = ["migrate.zst"], ["(0.1.0, 9.0.0)"] = [] },
        };
        var decision = UpdatePolicy.Choose(manifest, Host(running), [], s_now, s_any);
        Assert.Equal(chosen, decision.Chosen?.Version.ToString());
        Assert.Equal(chosen is null ? RefusalReason.NeedsMigration : null, decision.Refusal?.Reason);
    }

    [Fact]
    public void A_denied_version_is_denied_whatever_its_build_metadata()
    {
        var denied = new DeniedRelease("1.2.0", "no", s_now, null, "operator");
        Assert.Equal(RefusalReason.Denied, Choose("1.0.0", "1.2.0+build.7", s_any, denied).Refusal?.Reason);
    }

    [Theory]
    [InlineData("a", "b", RefusalReason.Denied)]
    [InlineData("a", "c", null)]
    [InlineData("a", null, null)] // no raw: nobody knows yet
    public void What_failed_under_one_version_is_denied_under_every_other(
        string boot,
        string? root,
        RefusalReason? refusal
    )
    {
        var denied = new DeniedRelease("1.1.0", "no web", s_now, null, "health")
        {
            Images = new() { ["boot"] = new("old-b", 7, Digest("a")), ["root"] = new("old-r", 7, Digest("b")) },
        };
        var raw = new SortedDictionary<string, RawImage> { ["boot"] = new(7, Digest(boot)) };
        if (root is not null)
        {
            raw["root"] = new(7, Digest(root));
        }

        var manifest = new Manifest { Updates = [Release("1.2.0") with { Raw = raw }] };
        var decision = UpdatePolicy.Choose(manifest, Host("1.0.0"), [denied], s_now, s_any);
        Assert.Equal(refusal, decision.Refusal?.Reason);
        Assert.Equal(
            refusal is null ? null : "1.2.0 is on this host's deny list: its images are those of 1.1.0: no web",
            decision.Refusal?.Text
        );

        static string Digest(string letter) => string.Concat(Enumerable.Repeat(letter, 64));
    }

    private static Decision Choose(
        string? running,
        string offered,
        ChoiceOptions options,
        params DeniedRelease[] denied
    ) => UpdatePolicy.Choose(Manifest(offered), Host(running), denied, s_now, options);

    private static HostIdentity Host(string? version) =>
        new("demo", "x86_64", version is null ? null : SemanticVersion.Parse(version), 1024);

    private static Manifest Manifest(string offered) => new() { Updates = [.. offered.Split(", ").Select(Release)] };

    private static Release Release(string text)
    {
        var words = text.Split(' ');
        var versions = words[0].Split('/');
        var least = words.FirstOrDefault(w => w.StartsWith("min=", StringComparison.Ordinal))?[4..];
        return new Release
        {
            Variant = words.Contains("other-variant") ? "other" : "demo",
            Arch = words.Contains("other-arch") ? "aarch64" : "x86_64",
            Version = SemanticVersion.Parse(versions[0]),
            MaxVersion = SemanticVersion.Parse(versions[^1]),
            MinVersion = least is null ? null : SemanticVersion.Parse(least),
            Recalled = words.Contains("recalled") ? "bad" : null,
            Paused = words.Contains("paused") ? "wait" : null,
            Waves = words.Contains("later") ? new() { [0] = s_now, [1024] = s_now.AddMinutes(130) } : [],
            Images = new() { ["boot"] = "b", ["root"] = "r" },
        };
    }
}
