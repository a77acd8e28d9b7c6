using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>The files of a state directory at one moment; immutable.</summary>
internal sealed partial class Tree
{
    public static readonly Tree Empty = new(
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal),
        [],
        [""]
    );

    private readonly ImmutableSortedDictionary<string, int> _names;
    private readonly ImmutableDictionary<int, byte[]> _contents;
    private readonly ImmutableHashSet<string> _directories;
    private readonly Lazy<Memory> _memory;

    private Tree(
        ImmutableSortedDictionary<string, int> names,
        ImmutableDictionary<int, byte[]> contents,
        ImmutableHashSet<string> directories
    )
    {
        (_names, _contents, _directories) = (names, contents, directories);
        _memory = new(() => new Memory(this));
    }

    /// <summary>What the engine reads out of these files.</summary>
    public Memory Memory => _memory.Value;

    /// <summary>Those whose directory is there, in order.</summary>
    public IEnumerable<(string Path, int File, byte[] Content)> Files =>
        _names.Where(n => IsThere(ParentOf(n.Key))).Select(n => (n.Key, n.Value, ContentOf(n.Value)));

    public byte[] ContentOf(int file) => _contents.GetValueOrDefault(file, []);

    public byte[]? Find(string path) =>
        _names.TryGetValue(path, out var file) && IsThere(ParentOf(path)) ? ContentOf(file) : null;

    /// <summary>After this change; a flush changes nothing.</summary>
    public Tree After(FileOperation operation) =>
        operation switch
        {
            DirectoryMade made => new(_names, _contents, _directories.Add(made.Path)),
            FileWritten written => new(_names, _contents.SetItem(written.File, written.Content), _directories),
            FileNamed { File: { } file } named => new(
                (named.Source is { } source ? _names.Remove(source) : _names).SetItem(named.Path, file),
                _contents,
                _directories
            ),
            FileNamed removed => new(_names.Remove(removed.Path), _contents, _directories),
            _ => this,
        };

    /// <summary>What lies in a directory; none in it.</summary>
    public static Tree Read(string directory) =>
        Directory
            .GetFiles(directory)
            .Index()
            .Aggregate(
                Empty,
                (tree, f) =>
                    tree.After(new FileNamed(Path.GetFileName(f.Item), f.Index + 1))
                        .After(new FileWritten(f.Index + 1, File.ReadAllBytes(f.Item)))
            );

    /// <summary>Writes all of it into a directory that does not exist.</summary>
    public void LayOut(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var name in _directories.Where(IsThere).Order(StringComparer.Ordinal))
        {
            Directory.CreateDirectory(Path.Join(directory, name));
        }

        foreach (var (path, _, content) in Files)
        {
            File.WriteAllBytes(Path.Join(directory, path), content);
        }
    }

    public static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>A path without what is drawn by lot in it: "journal.json.tmp".</summary>
    public static string NameOf(string path) => Temporary().Replace(path, "${name}.tmp");

    [GeneratedRegex(
        @"\.(?<name>[^/]+)\.[a-z0-9]{8}\.[a-z0-9]{3}\.tmp$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Temporary();

    private bool IsThere(string directory) =>
        _directories.Contains(directory) && (directory.Length == 0 || IsThere(ParentOf(directory)));
}
