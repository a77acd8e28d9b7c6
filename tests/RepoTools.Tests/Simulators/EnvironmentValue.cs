using System.Runtime.InteropServices;

namespace RepoTools.Tests.Simulators;

/// <summary>An environment variable for one test, as .NET and as C libraries in this process see it.</summary>
internal sealed partial class EnvironmentValue : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public EnvironmentValue(string name, string value)
    {
        (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
        // .NET keeps a copy of its own.
        _ = setenv(name, value, 1);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(_name, _before);
        _ = _before is null ? unsetenv(_name) : setenv(_name, _before, 1);
    }

    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
