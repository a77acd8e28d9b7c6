#!/usr/bin/env bash
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../../os-image/parts/initramfs.sh"

help() {
    cat <<'TEXT'
Usage: demo/machine/tree.sh --out FOLDER --version VERSION --updatectl PROGRAM --trust ROOT.json --repository URL

Makes the root tree of the demo system: a shell, updatectl and what it needs. os-image/release.sh makes a release of it.
TEXT
}

out='' version='' updatectl='' trust='' repository=''
while [ $# -gt 0 ]; do
    case $1 in
    --out) out=${2:?} ;;
    --version) version=${2:?} ;;
    --updatectl) updatectl=${2:?} ;;
    --trust) trust=${2:?} ;;
    --repository) repository=${2:?} ;;
    --help | -h) help; exit 0 ;;
    *) die "there is no option $1; see --help." ;;
    esac
    shift 2
done
[ -n "$out" ] && [ -n "$version" ] && [ -n "$updatectl" ] && [ -n "$trust" ] && [ -n "$repository" ] || { help >&2; exit 64; }
PATH=$PATH:/usr/sbin:/sbin
need busybox busybox-static; need mke2fs e2fsprogs; need findfs mount

mkdir -p "$out"/{bin,sbin,dev,proc,sys,run,tmp,boot,etc/update-engine/health.d/required,etc/demo,usr/lib,usr/share/update-engine,var/lib/update-engine}
add_program "$out" "$(command -v busybox)"
for applet in $("$out/bin/busybox" --list); do [ -e "$out/bin/$applet" ] || ln -s busybox "$out/bin/$applet"; done
for program in "$updatectl" "$(command -v mke2fs)" "$(command -v findfs)"; do rm -f "$out/bin/${program##*/}"; add_program "$out" "$program"; done
# Loaded by name when they are needed: digests, signatures, decoders.
for library in libssl.so.3 libcrypto.so.3 libsodium.so.23 libzstd.so.1 liblz4.so.1; do add_file "$out" "$(ldconfig -p | sed -n "s|.*$library .*=> ||p" | head -1)"; done
rm -f "$out/bin/reboot"
# In good order, and not before whoever asked for it has said why.
printf '#!/bin/sh\nupdatectl rearm >/dev/null 2>&1\nsync\n(sleep 1; exec busybox reboot -f) &\n' >"$out/bin/reboot"
chmod 755 "$out/bin/reboot"
install -m 755 "$here/init" "$out/sbin/init"
printf 'ID=demo\nNAME="Demo OS"\nVARIANT_ID=demo\nVERSION_ID=%s\n' "$version" >"$out/usr/lib/os-release"
: >"$out/etc/machine-id"
cp "$trust" "$out/usr/share/update-engine/root.json"
cat >"$out/etc/update-engine/config.json" <<CONFIG
{
  "repository": { "metadata_url": "$repository/metadata", "targets_url": "$repository/targets" },
  "disk": "/dev/vda",
  "watchdog": "/dev/watchdog"
}
CONFIG
