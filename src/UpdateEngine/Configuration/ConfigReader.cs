using System.Runtime.InteropServices;
using System.Text.Json;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Configuration;

/// <summary>Reads <c>config.json</c> and then <c>config.d/*.json</c> in the order of their names; a later file's field wins. Each fault names file, field and remedy.</summary>
public static class ConfigReader
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>A second. With less, an image of 1 GiB would take more than a week.</summary>
    private const long LeastBandwidth = 1024;

    public static HostConfig Read(HostPaths paths)
    {
        var merged = new Merged();
        merged.Add(paths.Config, Parse(paths.Config, mustExist: true)!);
        if (Directory.Exists(paths.ConfigDirectory))
        {
            foreach (var file in Directory.GetFiles(paths.ConfigDirectory, "*.json").Order(StringComparer.Ordinal))
            {
                merged.Add(file, Parse(file, mustExist: false)!);
            }
        }

        var config = Complete(merged);
        // One transport asks all places of a repository in turn.
        return config.Mirrors.All(mirror => mirror.MetadataUrl.IsFile == config.MetadataUrl.IsFile)
            ? config
            : throw Invalid(
                $"{merged.Last(d => d.Repository?.Mirrors)!.Value.File}: \"repository.mirrors\" and \"repository.metadata_url\" must be all file URLs or all others",
                "Correct the fields."
            );
    }

    private static ConfigDocument Parse(string file, bool mustExist)
    {
        try
        {
            if (mustExist && !File.Exists(file))
            {
                throw Invalid(
                    $"{file} is missing",
                    "Write it: at least \"repository\" with \"metadata_url\" and \"targets_url\", and \"disk\"; or name another host directory with --root."
                );
            }

            if (new FileInfo(file).Length > MaxBytes)
            {
                throw Invalid($"{file} is larger than {MaxBytes} bytes", "Is this the right file?");
            }

            return JsonSerializer.Deserialize(DurableFile.Read(file, MaxBytes), ConfigJson.Default.ConfigDocument)
                ?? throw Invalid($"{file} holds null", "Write an object: { ... }.");
        }
        catch (JsonException e)
        {
            throw Invalid(
                $"{file}: {JsonFaults.Describe(e)}",
                "Correct the file; docs/formats/configuration.md lists every field.",
                e
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{file} can't be read: {e.Message}", "Check its permissions.", e);
        }
    }

    private static HostConfig Complete(Merged m) =>
        new()
        {
            MetadataUrl = Url(m.Required("repository.metadata_url", d => d.Repository?.MetadataUrl)),
            TargetsUrl = Url(m.Required("repository.targets_url", d => d.Repository?.TargetsUrl)),
            Mirrors = Mirrors(m),
            Proxy = Proxy(m.Find("proxy", d => d.Proxy)),
            CertificateAuthorities = m.Find("certificate_authorities", d => d.CertificateAuthorities)?.Value,
            Disk = m.Required("disk", d => d.Disk).Value,
            Manifest = Target(m.Find("manifest", d => d.Manifest)),
            Variant = m.Find("variant", d => d.Variant)?.Value,
            Arch = m.Find("arch", d => d.Arch)?.Value ?? MachineArch(),
            Seed = m.Number("seed", d => d.Seed, 0, WaveSchedule.Seeds - 1),
            Automation = Word(m.Find("automation", d => d.Automation), Automation.Prepare),
            CheckInterval = m.Span(
                "check_interval",
                d => d.CheckInterval,
                TimeSpan.FromHours(1),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromDays(30)
            ),
            TrialTries = m.Number("trial_tries", d => d.TrialTries, 1, 15) ?? 3,
            HealthDeadline = m.Span(
                "health_deadline",
                d => d.HealthDeadline,
                TimeSpan.FromMinutes(5),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromDays(1)
            ),
            HealthCheckTimeout = m.Span(
                "health_check_timeout",
                d => d.HealthCheckTimeout,
                TimeSpan.FromMinutes(1),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromDays(1)
            ),
            HealthFreeSpace = FreeSpace(m),
            HealthServices = Services(m),
            HealthRepository = m.Last<object>(d => d.HealthRepository)?.Value is not false,
            DenyBackOff = m.Span(
                "deny_back_off",
                d => d.DenyBackOff,
                TimeSpan.FromHours(24),
                TimeSpan.Zero,
                TimeSpan.FromDays(365)
            ),
            GuardTries = m.Number("guard_tries", d => d.GuardTries, 1, 15),
            Watchdog = m.Find("watchdog", d => d.Watchdog)?.Value,
            StallTimeout = m.Span(
                "stall_timeout",
                d => d.StallTimeout,
                TimeSpan.FromSeconds(30),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromHours(1)
            ),
            Bandwidth = Rate(m.Find("bandwidth", d => d.Bandwidth)),
            InputOutputPriority = Word(m.Find("io_priority", d => d.IoPriority), InputOutputPriority.Normal),
        };

    private static Uri Url(Setting setting) =>
        Uri.TryCreate(setting.Value, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" or "file"
        && url.Query is ""
        && url.Fragment is ""
            ? url
            : throw Wrong(setting, "an http, https or file URL without query and fragment");

    private static RepositoryMirror[] Mirrors(Merged m)
    {
        var (file, mirrors) = m.Last(d => d.Repository?.Mirrors) ?? ("", []);
        return [.. mirrors.Select((mirror, i) => Mirror(file, $"repository.mirrors[{i}]", mirror))];
    }

    private static RepositoryMirror Mirror(string file, string field, MirrorSection? mirror)
    {
        return new RepositoryMirror(
            Required("metadata_url", mirror?.MetadataUrl),
            Required("targets_url", mirror?.TargetsUrl)
        );

        Uri Required(string name, string? value) =>
            Url(new Setting(file, $"{field}.{name}", value ?? throw Missing(file, $"{field}.{name}")));
    }

    private static Dictionary<string, long> FreeSpace(Merged m)
    {
        var (file, wanted) = m.Last(d => d.HealthFreeSpace) ?? ("", []);
        return wanted.ToDictionary(w => w.Key, w => Least(w.Key, w.Value), StringComparer.Ordinal);

        long Least(string path, string? size)
        {
            var setting = new Setting(file, $"health_free_space.{path}", size ?? "null");
            return path.StartsWith('/') && Bytes.TryParse(setting.Value, out var least)
                ? least
                : throw Wrong(setting, "a size such as \"500MiB\" for a path that begins with /");
        }
    }

    private static string[] Services(Merged m)
    {
        var (file, units) = m.Last(d => d.HealthServices) ?? ("", []);
        return
        [
            .. units.Select(
                (unit, i) =>
                    // One that begins with a dash would be an option of systemctl.
                    unit is { Length: > 0 }
                    && !unit.StartsWith('-')
                    && unit.All(c => c > ' ' && c < '\x7f')
                        ? unit
                        : throw Wrong(new Setting(file, $"health_services[{i}]", unit ?? "null"), "the name of a unit")
            ),
        ];
    }

    private static HttpProxy Proxy(Setting? setting) =>
        setting switch
        {
            null => HttpProxy.FromEnvironment,
            { Value: "none" } => HttpProxy.None,
            _ => Uri.TryCreate(setting.Value, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https" or "socks5"
                ? HttpProxy.At(url)
                // The value may hold a password.
                : throw Invalid(
                    $"{setting.File}: \"{setting.Field}\" is neither \"none\" nor an http, https or socks5 URL",
                    "Correct the field."
                ),
        };

    private static string Target(Setting? setting)
    {
        try
        {
            return new TargetName(setting?.Value ?? Manifest.DefaultTargetName).Value;
        }
        catch (MetadataMalformedException)
        {
            throw Wrong(setting!, "a name that a target may have");
        }
    }

    /// <summary>One of the words of an enumeration, in any case.</summary>
    private static T Word<T>(Setting? setting, T otherwise)
        where T : struct, Enum
    {
        if (setting is null)
        {
            return otherwise;
        }

        var words = Enum.GetNames<T>();
        var found = Array.FindIndex(words, w => w.Equals(setting.Value, StringComparison.OrdinalIgnoreCase));
        return found >= 0
            ? Enum.GetValues<T>()[found]
            : throw Wrong(setting, string.Join(", ", words[..^1].Select(Quoted)) + " or " + Quoted(words[^1]));

        static string Quoted(string word) => $"\"{word.ToLowerInvariant()}\"";
    }

    private static long? Rate(Setting? setting) =>
        setting is null ? null
        : Bytes.TryParse(setting.Value, out var rate) && rate >= LeastBandwidth ? rate
        : throw Wrong(setting, "a size that may come in a second, such as \"10MiB\" or \"500KiB\", of at least 1 KiB");

    private static string MachineArch() =>
        RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => "aarch64",
            var other => other.ToString().ToLowerInvariant(),
        };

    private static UpdateException Wrong(Setting setting, string expected) =>
        Invalid(
            $"{setting.File}: \"{setting.Field}\" is \"{setting.Value}\", which is not {expected}",
            "Correct the field."
        );

    private static UpdateException Missing(string file, string field) =>
        Invalid($"{file}: the field \"{field}\" is missing", "Add it.");

    private static UpdateException Invalid(string why, string remedy, Exception? inner = null) =>
        new(ErrorCodes.ConfigurationInvalid, why.TrimEnd('.') + ".", remedy, inner);

    /// <summary>A field's text and the file it came from.</summary>
    private sealed record Setting(string File, string Field, string Value);

    /// <summary>The files in reading order; the last one that has a field wins.</summary>
    private sealed class Merged
    {
        private readonly List<(string File, ConfigDocument Document)> _files = [];

        public void Add(string file, ConfigDocument document) => _files.Add((file, document));

        public Setting? Find(string field, Func<ConfigDocument, string?> pick)
        {
            var found = _files.FindLast(f => pick(f.Document) is not null);
            if (found.Document is null)
            {
                return null;
            }

            var value = pick(found.Document)!;
            return value.Length > 0
                ? new Setting(found.File, field, value)
                : throw Invalid($"{found.File}: \"{field}\" is empty", "Give it a value, or remove it.");
        }

        public Setting Required(string field, Func<ConfigDocument, string?> pick) =>
            Find(field, pick) ?? throw Missing(_files[0].File, field);

        /// <summary>A field that is taken as a whole.</summary>
        public (string File, T Value)? Last<T>(Func<ConfigDocument, T?> pick)
            where T : class
        {
            var found = _files.FindLast(f => pick(f.Document) is not null);
            return found.Document is null ? null : (found.File, pick(found.Document)!);
        }

        public int? Number(string field, Func<ConfigDocument, int?> pick, int least, int most) =>
            Find(field, d => pick(d)?.ToString()) is not { } setting ? null
            : int.Parse(setting.Value) is var number && number >= least && number <= most ? number
            : throw Wrong(setting, $"a number from {least} to {most}");

        public TimeSpan Span(
            string field,
            Func<ConfigDocument, string?> pick,
            TimeSpan otherwise,
            TimeSpan least,
            TimeSpan most
        ) =>
            Find(field, pick) is not { } setting ? otherwise
            : Times.TryParseSpan(setting.Value, out var span) && span >= least && span <= most ? span
            : throw Wrong(
                setting,
                $"a time such as \"30s\", \"10m\", \"4h\" or \"2d\" from {Times.Span(least)} to {Times.Span(most)}"
            );
    }
}
