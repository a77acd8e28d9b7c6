using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tuf;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>What must not happen: each refusal leaves the disk as it was, or the slot that is not running unbootable.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task Nothing_is_prepared_before_this_boot_has_a_verdict()
    {
        using var host = new Sandbox();
        host.Offer("1.1.0");
        await IsRefusedUntouchedAsync(host, ErrorCodes.NoVerdict);
        await host.ConfirmAsync();
        host.Boot();
        await IsRefusedUntouchedAsync(host, ErrorCodes.NoVerdict);
    }

    [Fact]
    public async Task A_second_operation_at_once_is_busy_and_names_the_first()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        using var held = OperationLock.Take(host.Paths, "activate");
        var error = await IsRefusedUntouchedAsync(host, ErrorCodes.Busy);
        Assert.Contains("activate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_another_host_directory_writes_to_is_busy()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        using var disk = BlockDevice.Open(host.DiskPath, DiskAccess.ReadWrite);
        using var held = disk.LockExclusive();
        await IsRefusedUntouchedAsync(host, ErrorCodes.DiskBusy);
    }

    [Fact]
    public async Task Nothing_is_written_while_it_is_not_known_which_slot_runs()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        File.Delete(host.Paths.Booted);
        await IsRefusedUntouchedAsync(host, ErrorCodes.RunningSlotUnknown);
        var status = host.Status;
        Assert.Equal("not running", status.Health);
        Assert.DoesNotContain(status.Slots, s => s.Booted);
        Assert.Contains(status.Findings, f => f.Contains(host.Paths.Booted, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_trust_anchor_is_named_and_nothing_is_written()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        File.Delete(host.Paths.TrustAnchor);
        var error = await IsRefusedUntouchedAsync(host, ErrorCodes.ConfigurationInvalid);
        Assert.Contains(host.Paths.TrustAnchor, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_does_not_fit_is_refused_before_the_first_write()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Repository.Add("1.2.0", Sandbox.BootImage("1.2.0"), new byte[3 * Sandbox.MiB + 1]);
        await IsRefusedUntouchedAsync(host, ErrorCodes.SlotTooSmall);
    }

    [Fact]
    public async Task An_image_that_is_missing_from_the_repository_is_refused_before_the_first_write()
    {
        using var host = await Sandbox.OfferingAsync(
            "1.1.0",
            r => r with { Images = new(r.Images) { ["root"] = "x" } }
        );
        await IsRefusedUntouchedAsync(host, ErrorCodes.ImageMissing);
    }

    [Fact]
    public async Task A_full_state_directory_is_found_before_anything_is_changed()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.CheckAsync();
        using var full = FullDirectory.At(host.Paths.State);
        var before = host.Disk;
        await Assert.ThrowsAnyAsync<Exception>(() => host.PrepareAsync());
        Assert.Equal(before, host.Disk);
    }

    [Fact]
    public async Task A_full_state_directory_does_not_keep_a_bad_slot_running()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        host.AddCheck("web", "[ $UPDATE_ENGINE_SLOT = A ]");
        using (FullDirectory.At(host.Paths.State))
        {
            var verdict = await host.ConfirmAsync();
            Assert.Contains("could not be written", Assert.Single(verdict.Notes), StringComparison.Ordinal);
            Assert.Equal(BootFlags.Cleared, host.Flags("B"));
            Assert.Equal("A", host.Boot());
        }

        // With space again, the next confirm finds out by the flags and the journal what happened.
        await host.ConfirmAsync();
        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
    }

    [Fact]
    public async Task A_full_state_directory_does_not_prevent_the_cancelling_of_an_activation()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await host.ActivateAsync();
        using var full = FullDirectory.At(host.Paths.State);
        await host.Updater.CancelAsync(CancellationToken.None);
        Assert.Equal(0, host.Flags("B").Priority);
    }

    [Fact]
    public async Task An_image_that_was_tampered_with_leaves_the_slot_unbootable_and_the_running_one_alone()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        var path = host.Repository.TargetPath("demo-1.1.0-root.zst");
        var bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);

        await Assert.ThrowsAsync<LengthOrDigestMismatchException>(() => host.PrepareAsync());

        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal(new BootFlags(1, 0, true), host.Flags("A"));
        Assert.Equal("half-written", host.Status.Slots[1].Content);
        Assert.Equal(["prepare-failed"], host.Events);
        await Errors.IsAsync(ErrorCodes.StepNotAllowed, () => host.ActivateAsync());
    }

    [Fact]
    public async Task A_slot_that_could_boot_is_unbootable_on_the_disk_before_its_first_byte_is_written()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.SetFlags("B", new BootFlags(1, 0, true));
        var untouched = host.Content("B", "boot", 4096);
        var path = host.Repository.TargetPath("demo-1.1.0-root.zst"); // The boot image comes through, root does not.
        var bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);

        await Assert.ThrowsAsync<LengthOrDigestMismatchException>(() => host.PrepareAsync());

        Assert.NotEqual(untouched, host.Content("B", "boot", 4096));
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal("A", host.Boot());
    }

    [Fact]
    public async Task A_slot_that_holds_the_release_already_is_not_written_again()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await IsRefusedUntouchedAsync(host, ErrorCodes.NothingToDo);
        await host.ActivateAsync();
        await IsRefusedUntouchedAsync(host, ErrorCodes.NothingToDo);
    }

    [Fact]
    public async Task A_release_that_was_recalled_after_it_was_prepared_is_not_activated()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        host.Repository.Edit("1.1.0", r => r with { Recalled = "eats disks" });
        var error = await Errors.IsAsync(ErrorCodes.ReleaseRecalled, () => host.ActivateAsync());
        Assert.Contains("eats disks", error.Message, StringComparison.Ordinal);
        Assert.Equal(new BootFlags(0, 3, false), host.Flags("B"));
    }

    [Fact]
    public async Task A_release_that_was_denied_after_it_was_prepared_is_not_activated()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        host.Updater.Deny(SemanticVersion.Parse("1.1.0"), "no");
        await Errors.IsAsync(ErrorCodes.ReleaseDenied, () => host.ActivateAsync());
        Assert.Equal(new BootFlags(0, 3, false), host.Flags("B"));
    }

    [Fact]
    public async Task A_denied_release_that_an_operator_forced_can_be_activated_by_force()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        var version = SemanticVersion.Parse("1.1.0");
        host.Updater.Deny(version, "no");
        await host.PrepareAsync(new ChoiceOptions(version, Force: true));
        await Errors.IsAsync(ErrorCodes.ReleaseDenied, () => host.ActivateAsync());
        await host.ActivateAsync(force: true);
        Assert.Equal(new BootFlags(2, 3, false), host.Flags("B"));
    }

    [Fact]
    public async Task A_repository_that_cannot_be_reached_does_not_keep_a_prepared_release_from_booting()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        File.Delete(Path.Combine(new Uri(host.Repository.MetadataUrl).LocalPath, "timestamp.json"));
        Assert.Contains("recalled", (await host.ActivateAsync()).Text, StringComparison.Ordinal);
        Assert.Equal("B", host.Boot());
    }

    [Theory]
    [InlineData("boot")]
    [InlineData("root")]
    public async Task A_slot_whose_bytes_changed_after_prepare_is_made_unbootable_instead_of_activated(string role)
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        host.Corrupt("B", role, 250_000);
        await Errors.IsAsync(ErrorCodes.ReadBackMismatch, () => host.ActivateAsync());
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal("empty", host.Status.Slots[1].Content);
        Assert.Equal("A", host.Boot());
        await host.ConfirmAsync();
        await host.UpdateAsync();
        Assert.Equal("B", host.Status.Slots.Single(s => s.Booted).Name);
    }

    private static async Task<UpdateException> IsRefusedUntouchedAsync(Sandbox host, ErrorCode code)
    {
        var before = host.Disk;
        var error = await Errors.IsAsync(code, () => host.Time.RunAsync(host.PrepareAsync()));
        Assert.Equal(before, host.Disk);
        return error;
    }
}
