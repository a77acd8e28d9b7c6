#!/usr/bin/env bash
set -euo pipefail
parts=$(dirname "$(readlink -f "$0")")/parts
. "$parts/initramfs.sh"

help() {
    cat <<'TEXT'
Usage: os-image/first-stage.sh --modules FOLDER --boot-selector PROGRAM --out FILE [--module NAME]...

Makes the initramfs of the first stage: the kernel that the firmware starts, and that is never updated, runs boot-selector in it.

  --modules FOLDER         .../lib/modules/VERSION of the first stage's kernel
  --boot-selector PROGRAM  as ./build.sh publish leaves it in artifacts/bin
  --module NAME            a driver that the disk needs; default: virtio_pci virtio_blk
  --out FILE               the initramfs

Command line of that kernel: panic=10, and if wanted update_engine.disk=/dev/..., update_engine.watchdog=SECONDS. docs/operations/booting.md has the rest.
Needs Debian's busybox-static, cpio, kmod and zstd; not root.
TEXT
}

modules='' selector='' out='' wanted=()
while [ $# -gt 0 ]; do
    case $1 in
    --modules) modules=${2:?} ;;
    --boot-selector) selector=${2:?} ;;
    --module) wanted+=("${2:?}") ;;
    --out) out=${2:?} ;;
    --help | -h) help; exit 0 ;;
    *) die "there is no option $1; see --help." ;;
    esac
    shift 2
done
[ -n "$modules" ] && [ -n "$selector" ] && [ -n "$out" ] || { help >&2; exit 64; }
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
mv "$work/initramfs" "$out"
