#!/usr/bin/env bash
set -euo pipefail
parts=$(dirname "$(readlink -f "$0")")/parts
. "$parts/initramfs.sh"

help() {
    cat <<'TEXT'
Usage: os-image/first-stage.sh --modules FOLDER --boot-selector PROGRAM --out FILE [--module NAME]... [--esp FILE --kernel FILE [--command-line TEXT]]

Makes the initramfs of the first stage: the kernel that the firmware starts, and that is never updated, runs boot-selector in it. With --esp also the partition
that UEFI firmware starts it from, for `repo-tools disk create --first-stage`.

  --modules FOLDER         .../lib/modules/VERSION of the first stage's kernel
  --boot-selector PROGRAM  as ./build.sh publish leaves it in artifacts/bin
  --module NAME            a driver that the disk needs; default: virtio_pci virtio_blk
  --out FILE               the initramfs
  --esp FILE               an EFI system partition with kernel, initramfs and command line in one file, EFI/BOOT/BOOTX64.EFI, as Secure Boot would sign it
  --kernel FILE            vmlinuz of the first stage, for --esp
  --command-line TEXT      for --esp; default: "quiet panic=10"

Command line of that kernel: panic=10, and if wanted update_engine.disk=/dev/..., update_engine.watchdog=SECONDS. docs/operations/booting.md has the rest.
Needs Debian's busybox-static, cpio, kmod and zstd (for --esp binutils, dosfstools, mtools and systemd-boot-efi); not root.
TEXT
}

modules='' selector='' out='' wanted=() esp='' kernel='' line='quiet panic=10'
while [ $# -gt 0 ]; do
    case $1 in
    --modules) modules=${2:?} ;;
    --boot-selector) selector=${2:?} ;;
    --esp) esp=${2:?} ;;
    --kernel) kernel=${2:?} ;;
    --command-line) line=${2:?} ;;
    --module) wanted+=("${2:?}") ;;
    --out) out=${2:?} ;;
    --help | -h) help; exit 0 ;;
    *) die "there is no option $1; see --help." ;;
    esac
    shift 2
done
[ -n "$modules" ] && [ -n "$selector" ] && [ -n "$out" ] && { [ -z "$esp" ] || [ -n "$kernel" ]; } || { help >&2; exit 64; }
[ ${#wanted[@]} -gt 0 ] || wanted=(virtio_pci virtio_blk)
PATH=$PATH:/usr/sbin:/sbin
need busybox busybox-static; need cpio cpio; need modprobe kmod; need zstd zstd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
new_tree "$work/tree"
add_modules "$work/tree" "$modules" "${wanted[@]}"
add_program "$work/tree" "$selector"
install -m 755 "$parts/first-stage-init" "$work/tree/init"
pack "$work/tree" "$work/initramfs"

if [ -n "$esp" ]; then
    stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
    [ -e $stub ] || die "$stub is missing; install the Debian package systemd-boot-efi."
    need objcopy binutils; need mkfs.vfat dosfstools; need mcopy mtools
    printf '%s' "$line" >"$work/line"
    # Sections of a unified kernel image: the stub finds them by their names and starts the kernel with them.
    objcopy --add-section .cmdline="$work/line" --change-section-vma .cmdline=0x30000 --add-section .linux="$kernel" --change-section-vma .linux=0x2000000 \
        --add-section .initrd="$work/initramfs" --change-section-vma .initrd=0x4000000 $stub "$work/BOOTX64.EFI"
    rm -f "$work/esp"
    truncate -s $(($(stat -c %s "$work/BOOTX64.EFI") / 1048576 + 36))M "$work/esp" # FAT32 needs 33 MiB at least.
    mkfs.vfat -F 32 -n FIRST "$work/esp" >/dev/null
    mmd -i "$work/esp" ::/EFI ::/EFI/BOOT
    mcopy -i "$work/esp" "$work/BOOTX64.EFI" ::/EFI/BOOT/
    mv "$work/esp" "$esp"
fi
mv "$work/initramfs" "$out"
