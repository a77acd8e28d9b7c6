using UpdateEngine.Tuf;

namespace UpdateEngine.Updates;

/// <summary>Gives every exception that can reach a program's edge its stable code, exit code and next step.</summary>
public static class Faults
{
    public static UpdateException From(Exception fault) =>
        fault switch
        {
            UpdateException known => known,
            TufException refused => FromTuf(refused),
            OperationCanceledException => new UpdateException(
                ErrorCodes.Interrupted,
                "Interrupted before the end.",
                "Run the command again.",
                fault
            ),
            UnauthorizedAccessException denied => new UpdateException(
                ErrorCodes.NoPermission,
                denied.Message,
                "Run as root, or check the permissions.",
                denied
            ),
            IOException io => new UpdateException(
                ErrorCodes.InputOutput,
                io.Message.EndsWith('.') ? io.Message : io.Message + ".",
                "Check the path, the disk and its free space.",
                io
            ),
            _ => new UpdateException(
                ErrorCodes.Unexpected,
                $"Unexpected: {fault.Message}",
                "This is a fault of the program; run it again with UPDATE_ENGINE_DEBUG=1 and report what it prints.",
                fault
            ),
        };

    /// <summary>The TUF library has its own codes; they stay as they are, with the exit code of their class and a next step for a host.</summary>
    private static UpdateException FromTuf(TufException refused)
    {
        var (exit, nextStep) = refused switch
        {
            TransportException => (
                ExitCode.Network,
                "Check the network and the URLs in the configuration, and try again."
            ),
            NotFoundException => (
                ExitCode.NotFound,
                "Check the URLs in the configuration; if they are right, tell the publisher."
            ),
            StoreCorruptException or StoreFailedException => (
                ExitCode.Disk,
                "Check the disk and the free space of the state directory."
            ),
            CryptographyUnavailableException => (ExitCode.Configuration, "Install the library."),
            ExpiredException => (
                ExitCode.Verification,
                "Nothing was changed. The publisher has to refresh the repository; check this host's clock too."
            ),
            RollbackException => (
                ExitCode.Verification,
                "Nothing was changed. Somebody, or a stale mirror, serves old metadata; try another mirror or later."
            ),
            NoAgreementException => (
                ExitCode.Verification,
                "Nothing was changed. Check the network for the repositories that failed, and tell the publishers of those that differ."
            ),
            _ => (
                ExitCode.Verification,
                "Nothing was changed that may boot. Somebody may have tampered with the repository: tell its publisher."
            ),
        };
        return new UpdateException(new ErrorCode(refused.Code, exit), refused.Message, nextStep, refused);
    }
}
