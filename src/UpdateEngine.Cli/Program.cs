using System.CommandLine;
using UpdateEngine.Cli;
using UpdateEngine.Cli.Commands;
using UpdateEngine.Terminal;

var root = new RootCommand(
    """
    Looks after the two slots of this host: writes a verified release into the one that does not run, lets it boot, and goes back when it is not healthy.

    The story of an update:
      updatectl status      where the host stands
      updatectl check       is there a release for this host? if not, why and until when
      updatectl prepare     write it into the other slot, verified and read back; nothing boots yet
      updatectl activate    let it boot next; then reboot
      updatectl confirm     after the boot: run the health checks, mark the slot good or go back

    Exit codes: 0 done, 64 usage, 65 verification failed, 66 not found, 69 network, 73 disk, 74 health, 75 busy, 76 not allowed now, 77 nothing to do,
    78 configuration, 130/143 interrupted, 1 a fault of the program.
    """
)
{
    StatusCommand.Create(),
    CheckCommand.Create(),
    PrepareCommand.Create(),
    ActivateCommand.Create(),
    CancelCommand.Create(),
    RollBackCommand.Create(),
    ConfirmCommand.Create(),
    RearmCommand.Create(),
    HistoryCommand.Create(),
    DenyCommand.Create(),
    HostOptions.NewRoot(),
};
return await CommandHost.RunAsync(root, args);
