using System.Text.RegularExpressions;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using Xunit;

namespace RepoTools.Tests;

/// <summary>
/// Every command as somebody meets it who knows --help alone, and gives it the wrong thing: one sentence that ends in what to do next, an exit code of
/// docs/errors.md, and nothing changed.
/// </summary>
public sealed partial class NewUserTests(DryRunTests.Template template) : IClassFixture<DryRunTests.Template>
{
    private static readonly Dictionary<string, Action<string>> s_wrongThings = new(StringComparer.Ordinal)
    {
        ["missing"] = _ => { },
        ["empty"] = path => File.WriteAllBytes(path, []),
        ["directory"] = path => Directory.CreateDirectory(path),
        ["other-json"] = path =>
            File.WriteAllText(path, "{\"signed\": {\"_type\": \"root\", \"version\": \"one\"}, \"signatures\": {}}"),
        ["noise"] = path => File.WriteAllBytes(path, [.. Enumerable.Range(0, 300).Select(i => (byte)(i * 7 % 256))]),
    };

    public static TheoryData<string> Commands => [.. All.Keys];

    private static Dictionary<string, string> All => new(DryRunTests.Readers.Concat(DryRunTests.Writers));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Nothing_at_all_or_an_unknown_option_is_one_sentence_that_leads_to_the_help(string command)
    {
        foreach (var line in (string[][])[command.Split(' '), [.. command.Split(' '), "--no-such-option"]])
        {
            var result = await Tool.RunAsync(TimeProvider.System, line);
            Assert.Equal(64, result.Code);
            Assert.Matches(OneSentence(), result.Error);
            Assert.Contains($" {command} --help", result.Error, StringComparison.Ordinal);
            Assert.Empty(result.Out);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_wrong_file_in_any_place_is_one_sentence_and_changes_nothing(string command)
    {
        var words = All[command].Split(' ');
        var repository = template.Repository.Copy();
        var faults = new List<string>();
        try
        {
            foreach (
                var place in Enumerable
                    .Range(0, words.Length)
                    .Where(i => words[i].Contains('@', StringComparison.Ordinal))
            )
            {
                foreach (var (kind, make) in s_wrongThings)
                {
                    var wrong = repository.Of($"{kind}.pem");
                    make(wrong);
                    if (File.Exists(wrong))
                    {
                        // Otherwise there is a warning as well, that others may read it.
                        File.SetUnixFileMode(wrong, RepoTools.Keys.KeyFiles.PrivateMode);
                    }

                    var before = DryRunTests.Tree(repository);
                    var args = words.Select(
                        (word, i) =>
                            i == place
                                ? word[..word.IndexOf('@', StringComparison.Ordinal)] + wrong
                                : word.Replace("@", $"{repository.Of("")}/", StringComparison.Ordinal)
                    );
                    var result = await repository.RunAsync([.. command.Split(' '), .. args]);
                    if (result.Code == 0)
                    {
                        // It may be where the result goes, or a target like any other.
                        repository.Dispose();
                        repository = template.Repository.Copy();
                        continue;
                    }

                    var what = $"{kind} as {words[place]}: {result.Code} {result.Error}";
                    if (
                        !s_documented.Contains(result.Code)
                        || !OneSentence().IsMatch(result.Error)
                        || !before.OrderBy(b => b.Key).SequenceEqual(DryRunTests.Tree(repository).OrderBy(b => b.Key))
                    )
                    {
                        faults.Add(what);
                    }
                }
            }

            Assert.Empty(faults);
        }
        finally
        {
            repository.Dispose();
        }
    }

    // 1 is a fault of the program: nothing that a person types may lead there.
    private static readonly HashSet<int> s_documented =
    [
        .. Enum.GetValues<ExitCode>().Where(c => c is not (ExitCode.Done or ExitCode.Unexpected)).Select(c => (int)c),
    ];

    /// <summary>One line: what is wrong, a full stop, and the next step.</summary>
    [GeneratedRegex(@"\A(?!.*(Unexpected|Exception|   at ))[^\n]+[.:,] [^\n]+[.)]\n\z")]
    private static partial Regex OneSentence();
}
