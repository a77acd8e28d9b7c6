namespace MachineTests.Harness;

/// <summary>Which machines are booted: a boot takes some twenty seconds under emulation, so that `./build.sh test` boots those that tell most, and --machines=all every one.</summary>
public static class MachineSet
{
    public const string Reason = "one of many machines; ./build.sh test --machines=all boots them all";

    public static bool IsWhole => Environment.GetEnvironmentVariable("UPDATE_ENGINE_MACHINES") == "all";
}
