#!/usr/bin/env bash
set -euo pipefail
parts=$(dirname "$(readlink -f "$0")")/parts
. "$parts/initramfs.sh"

help() {
    cat <<'TEXT'
Usage: os-image/release.sh --tree FOLDER --kernel FILE --modules FOLDER --out FOLDER [OPTION]...

Makes the images of a release from a root tree and a kernel: boot.img (kernel, initramfs, command line with the root hash), root.img (ext4 or erofs, read only)
and hash.img (its dm-verity tree), for `repo-tools release add` and `repo-tools disk create`.

  --tree FOLDER          the root file system; it has /sbin/init, empty /dev /proc /sys /run, and /usr/lib/os-release with VARIANT_ID and VERSION_ID
  --kernel FILE          vmlinuz
  --modules FOLDER       .../lib/modules/VERSION of that kernel, for the initramfs
  --out FOLDER           where the images go
  --command-line TEXT    default: "quiet panic=10"
  --module NAME          a driver that the root needs; default: virtio_pci virtio_blk; what dm-verity and erofs need is added
  --file-system NAME     ext4 (default) or erofs
  --watchdog SECONDS     the kernel's software watchdog resets a boot that has no verdict within so many seconds
  --initramfs FILE       your own instead of ours: it must open the partitions that update_engine.root= and update_engine.hash= name by PARTUUID

Needs Debian's busybox-static, cpio, cryptsetup-bin, e2fsprogs, kmod, zstd (erofs-utils for erofs); not root.
TEXT
}

tree='' kernel='' modules='' out='' line='quiet panic=10' wanted=() format=ext4 watchdog='' initramfs=''
while [ $# -gt 0 ]; do
    case $1 in
    --tree) tree=${2:?} ;;
    --kernel) kernel=${2:?} ;;
    --modules) modules=${2:?} ;;
    --out) out=${2:?} ;;
    --command-line) line=${2:?} ;;
    --module) wanted+=("${2:?}") ;;
    --file-system) format=${2:?} ;;
    --watchdog) watchdog=${2:?} ;;
    --initramfs) initramfs=${2:?} ;;
    --help | -h) help; exit 0 ;;
    *) die "there is no option $1; see --help." ;;
    esac
    shift 2
done
[ -n "$tree" ] && [ -n "$kernel" ] && [ -n "$out" ] && [ -n "$modules$initramfs" ] || { help >&2; exit 64; }
[ ${#wanted[@]} -gt 0 ] || wanted=(virtio_pci virtio_blk)
PATH=$PATH:/usr/sbin:/sbin
need busybox busybox-static; need cpio cpio; need modprobe kmod; need zstd zstd; need veritysetup cryptsetup-bin; need mke2fs e2fsprogs
[ -x "$tree/sbin/init" ] || [ -L "$tree/sbin/init" ] || die "$tree has no /sbin/init."
[ -e "$tree/usr/lib/os-release" ] || [ -e "$tree/etc/os-release" ] || die "$tree has no os-release: the host could not tell its version."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# ext4_of FOLDER FILE PERCENT: just large enough, without a journal: it is never written.
ext4_of() {
    local blocks=$(($(du -sk --apparent-size "$1" | cut -f1) * (100 + $3) / 100 / 4 + 512)) inodes=$(($(find "$1" | wc -l) + 64))
    rm -f "$2"
    mke2fs -q -t ext4 -b 4096 -m 0 -O ^has_journal,^resize_inode -N $inodes -E root_owner=0:0 -d "$1" "$2" "$blocks"
}

case $format in
ext4) ext4_of "$tree" "$out/root.img" 8 ;;
erofs) need mkfs.erofs erofs-utils; rm -f "$out/root.img"; mkfs.erofs --quiet --all-root "$out/root.img" "$tree"; truncate -s %4096 "$out/root.img"; wanted+=(erofs) ;;
*) die "--file-system is ext4 or erofs, not $format." ;;
esac

rm -f "$out/hash.img"
verity=$(veritysetup format "$out/root.img" "$out/hash.img" | sed -n 's/^Root hash:[[:space:]]*//p')
[ -n "$verity" ] || die "veritysetup gave no root hash."

mkdir "$work/boot"
cp "$kernel" "$work/boot/vmlinuz"
if [ -n "$initramfs" ]; then
    cp "$initramfs" "$work/boot/initramfs"
else
    new_tree "$work/tree"
    mkdir "$work/tree/watchdog"
    add_modules "$work/tree" "$modules" "${wanted[@]}" dm_verity
    add_program "$work/tree" "$(command -v veritysetup)"
    add_program "$work/tree" "$(command -v findfs)"
    if [ -n "$watchdog" ]; then
        add_modules "$work/tree" "$modules" softdog
        mv "$work/tree/modules/"*-softdog.ko "$work/tree/watchdog/softdog.ko"
    fi
    install -m 755 "$parts/slot-init" "$work/tree/init"
    pack "$work/tree" "$work/boot/initramfs"
fi
echo "$line update_engine.verity=$verity${watchdog:+ update_engine.watchdog=$watchdog}" >"$work/boot/cmdline"
ext4_of "$work/boot" "$out/boot.img" 2
