using System.Text;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(DurableFile.DefaultMode)]
    [InlineData(DurableFile.DefaultMode | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    public void A_file_is_replaced_whole_with_the_mode_that_was_asked_for(UnixFileMode mode)
    {
        DurableFile.Write(_directory["f"], "a longer text"u8);
        DurableFile.Write(_directory["f"], "new"u8, mode);
        Assert.Equal("new", File.ReadAllText(_directory["f"]));
        Assert.Equal(mode, File.GetUnixFileMode(_directory["f"]));
        Assert.Equal(["f"], _directory.Files());
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_beside_it()
    {
        // A directory that is not empty cannot be renamed over.
        Directory.CreateDirectory(_directory["f/g"]);
        Assert.ThrowsAny<IOException>(() => DurableFile.Write(_directory["f"], "new"u8));
        Assert.Empty(_directory.Files());
        Assert.Throws<DirectoryNotFoundException>(() => DurableFile.Write(_directory["missing/f"], "new"u8));
        Assert.Throws<IOException>(() => DurableFile.FlushDirectory(_directory["missing"]));
    }

    [Fact]
    public void A_file_is_read_whole_and_a_longer_one_than_allowed_is_refused()
    {
        DurableFile.Write(_directory["f"], "four"u8);
        Assert.Equal("four"u8, DurableFile.Read(_directory["f"], 4));
        Assert.Equal("fo"u8, DurableFile.ReadHead(_directory["f"], 2));
        Assert.Throws<IOException>(() => DurableFile.Read(_directory["f"], 3));
        Assert.Throws<FileNotFoundException>(() => DurableFile.Read(_directory["g"], 3));
        Assert.Throws<DirectoryNotFoundException>(() => DurableFile.Read(_directory["f/g"], 3));
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/random")]
    [InlineData("/dev")]
    public void What_has_no_end_or_is_no_file_is_refused(string path) =>
        Assert.Throws<IOException>(() => DurableFile.Read(path, 1000));

    [Fact]
    public void A_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for()
    {
        using (var made = System.Diagnostics.Process.Start("mkfifo", _directory["pipe"]))
        {
            made.WaitForExit();
        }

        Assert.Throws<IOException>(() => DurableFile.Read(_directory["pipe"], 1000));
    }

    [Fact]
    public void Lines_are_appended()
    {
        DurableFile.Append(_directory["log"], Encoding.UTF8.GetBytes("one\n"));
        DurableFile.Append(_directory["log"], Encoding.UTF8.GetBytes("two\n"));
        Assert.Equal("one\ntwo\n", File.ReadAllText(_directory["log"]));
    }

    [Fact]
    public void A_directory_is_made_with_those_above_it_and_each_name_is_flushed()
    {
        var steps = new List<DurableCall>();
        DurableFile.AfterStep.Value = steps.Add;
        DurableFile.MakeDirectory(_directory["a/b"]);
        DurableFile.MakeDirectory(_directory["a/b"]);
        DurableFile.AfterStep.Value = null;
        Assert.True(Directory.Exists(_directory["a/b"]));
        Assert.Equal(
            [
                new(DurableStep.MakeDirectory, _directory["a"], null),
                new(DurableStep.FlushDirectory, _directory.Path, null),
                new(DurableStep.MakeDirectory, _directory["a/b"], null),
                new(DurableStep.FlushDirectory, _directory["a"], null),
            ],
            steps
        );
    }

    [Fact]
    public void Deleting_what_is_not_there_is_no_error()
    {
        DurableFile.Write(_directory["f"], []);
        DurableFile.Delete(_directory["f"]);
        DurableFile.Delete(_directory["f"]);
        Assert.Empty(_directory.Files());
    }

    public void Dispose() => _directory.Dispose();
}
