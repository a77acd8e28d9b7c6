using UpdateEngine.Configuration;
using UpdateEngine.Releases;
using UpdateEngine.Updates;
using EngineHost = UpdateEngine.Updates.Host;

namespace UpdateEngine.Daemon;

/// <summary>Looks at the repository on an interval and prepares what is there for this host. What goes wrong is logged and tried again next time.</summary>
internal sealed class UpdateLoop(EngineHost host, Updater updater, MostRecentCommand recent, ILogger<UpdateLoop> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (host.Config.Automation == Automation.Off)
        {
            Log.Off(log);
            return;
        }

        // The first look comes at once, the next ones spread by the timer's own interval.
        using var timer = new PeriodicTimer(host.Config.CheckInterval, host.Time);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.Stopping(log);
        }
    }

    /// <summary>What an operator has activated is not overwritten by a newer release: that would undo the activation behind their back.</summary>
    private bool AwaitsReboot()
    {
        try
        {
            return StatusReader.Read(host).State == UpdateState.Ready;
        }
        catch (UpdateException)
        {
            return false; // Whatever is wrong with the disk, the look itself will say it.
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        var (command, work) =
            host.Config.Automation == Automation.Prepare && !AwaitsReboot()
                ? ("prepare", (Func<Task<string>>)PrepareAsync)
                : ("refresh", CheckAsync);
        try
        {
            var done = PlainText.Of(await work());
            Log.Done(log, command, done);
            recent.Succeeded(command);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            var fault = Faults.From(e);
            if (fault.Code.Exit == ExitCode.NothingToDo)
            {
                Log.Done(log, command, fault.Message);
                recent.Succeeded(command);
                return;
            }

            Log.Failed(log, command, fault.Code.Name, fault.Message);
            recent.Failed(command, fault);
        }

        async Task<string> PrepareAsync() =>
            (await updater.PrepareAsync(new ChoiceOptions(), progress: null, stop)).Text;

        async Task<string> CheckAsync()
        {
            var decision = (await updater.CheckAsync(new ChoiceOptions(), stop)).Decision;
            return decision.Chosen is { } release ? $"{release.Version} is available" : decision.Refusal!.Text;
        }
    }
}
