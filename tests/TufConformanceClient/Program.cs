using TufConformanceClient;
using UpdateEngine.Tuf;

// The public suite knows two outcomes: 0 and 1.
try
{
    await Client.RunAsync(Arguments.Parse(args));
    return 0;
}
catch (Exception error)
{
    await Console.Error.WriteLineAsync($"{(error as TufException)?.Code ?? "error"}: {error.Message}");
    return 1;
}
