#!/usr/bin/env bash
set -euo pipefail
if [ $# -ne 1 ] || [ "$1" = --help ]; then
    cat <<'TEXT'
Usage: demo/machine/kernel.sh FOLDER

Brings Debian's cloud kernel into FOLDER, without installing it: FOLDER/vmlinuz, FOLDER/lib/modules/VERSION. Does nothing when it is there.
TEXT
    exit 64
fi
[ ! -e "$1/vmlinuz" ] || exit 0
mkdir -p "$1"
cd "$1"
rm -rf ./*.deb lib boot usr
newest() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p'; }
package=$(newest)
# A machine that never asked what packages there are.
if [ -z "$package" ] && [ "$(id -u)" = 0 ] && apt-get update -q >update.log 2>&1; then package=$(newest); fi
[ -n "$package" ] || { echo "kernel.sh: this machine's package lists have no linux-image-cloud-amd64; run apt-get update." >&2; exit 1; }
apt-get download -q "$package" >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb .
PATH=$PATH:/usr/sbin:/sbin depmod -b . "$(ls lib/modules)"
rm -f ./*.deb
mv boot/vmlinuz-* vmlinuz
