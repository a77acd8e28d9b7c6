using System.CommandLine;
using RepoTools.Commands;
using UpdateEngine.Terminal;

namespace RepoTools;

/// <summary>Every command of repo-tools, in the order in which a publisher meets them.</summary>
internal static class CommandTree
{
    private const string About = """
        Publishes transactional image updates in a repository secured by TUF.

        From nothing to a served repository: key generate, root create, root sign, repo create, release add, publish, serve. Each command's --help
        has examples that can be pasted.
        """;

    public static RootCommand Build(TimeProvider time)
    {
        var root = new RootCommand(About)
        {
            new CommandGroup(
                "key",
                "Signing keys.",
                new KeyGenerateCommand(),
                new KeyShowCommand(),
                new KeyEncryptCommand(),
                new KeyDecryptCommand()
            ),
            new CommandGroup(
                "root",
                "Root metadata: who may sign what.",
                new RootCreateCommand(time),
                new RootSignCommand(time),
                new RootShowCommand(time),
                new RootVerifyCommand(time),
                new RootBumpCommand(time),
                new RootRotateCommand(time),
                new RootAddKeyCommand(time),
                new RootRemoveKeyCommand(time),
                new RootSetThresholdCommand(time),
                new RootSetExpiryCommand(time),
                new RootSetVersionCommand(time),
                new RootPublishCommand(time)
            ),
            new CommandGroup(
                "payload",
                "The bytes that are signed, for keys that stay on another machine.",
                new PayloadExportCommand(),
                new PayloadSignCommand()
            ),
            new CommandGroup(
                "signature",
                "Signatures that were made on another machine.",
                new SignatureAttachCommand(time)
            ),
            new CommandGroup(
                "repo",
                "Repositories.",
                new RepoCreateCommand(time),
                new RepoTrustCommand(),
                new RepoCheckExpiryCommand(time),
                new RepoVerifyCommand(time),
                new RepoExplainCommand(),
                new RepoDiffCommand(),
                new RepoLintCommand(time),
                new RepoCollectGarbageCommand(time),
                new RepoCloneCommand(time),
                new RepoSyncCommand(time),
                new RepoTransferCommand(time)
            ),
            new CommandGroup(
                "release",
                "Releases, in the draft until `publish`.",
                new ReleaseAddCommand(time),
                new ReleaseListCommand(time),
                new ReleaseExplainCommand(time),
                new ReleaseRecallCommand(),
                new ReleaseRestoreCommand(),
                new ReleasePauseCommand(),
                new ReleaseResumeCommand(time),
                new ReleaseSetMaxVersionCommand(),
                new ReleaseSetMinVersionCommand(),
                new ReleaseDeadlineCommand(),
                new ReleaseNotesCommand(),
                new ReleaseRemoveCommand()
            ),
            new CommandGroup(
                "waves",
                "Which hosts may take a release when.",
                new WavesSetCommand(time),
                new WavesShowCommand(time),
                new WavesPreviewCommand(time),
                new WavesShiftCommand(time),
                new WavesStopCommand(time)
            ),
            new CommandGroup(
                "migration",
                "What the data of a host needs between two versions.",
                new MigrationAddCommand(),
                new MigrationNoneCommand(),
                new MigrationListCommand(),
                new MigrationRemoveCommand()
            ),
            new CommandGroup(
                "delegation",
                "Roles that are trusted with some of the targets, in the draft until `publish`.",
                new DelegationAddCommand(),
                new DelegationBinsCommand(),
                new DelegationAddKeyCommand(),
                new DelegationRemoveKeyCommand(),
                new DelegationSetThresholdCommand(),
                new DelegationSetPathsCommand(),
                new DelegationRemoveCommand(),
                new DelegationListCommand("list"),
                new DelegationListCommand("show")
            ),
            new CommandGroup(
                "target",
                "Files that belong to no release, in the draft until `publish`.",
                new TargetAddCommand(),
                new TargetRemoveCommand(),
                new TargetListCommand()
            ),
            new PublishCommand(time),
            new RefreshCommand(time),
            new CommandGroup(
                "timestamp",
                "The role that says that the repository is alive.",
                new TimestampRefreshCommand(time)
            ),
            new StatusCommand(time),
            new DownloadCommand(time),
            new ServeCommand(),
            new CommandGroup("disk", "Disk images with two slots.", new DiskCreateCommand()),
            new CommandGroup("host", "Directories that play a host, for trying things out.", new HostCreateCommand()),
            new CompletionCommand(),
        };
        KeyOptions.Install(root);
        MistypedOptions.Install(root);
        HelpWithExamples.Install(root);
        return root;
    }
}
