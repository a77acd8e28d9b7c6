#!/usr/bin/env bash
# The story of a machine, told at its serial console: it boots from a disk that was made here, updates itself, survives a release that panics and a pulled plug.
# Run by `./build.sh vm-demo`; everything it makes lies in artifacts/vm/story and is made anew each time.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
export PATH="$PWD/artifacts/bin:$PWD/repo-tools/RepoTools/bin/${1:-Release}/net10.0:$PATH:/usr/sbin:/sbin"
kernel=$PWD/artifacts/vm/kernel
work=$PWD/artifacts/vm/story
rm -rf "$work"
mkdir -p "$work"
cd "$work"

if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); else bold='' dim='' plain=''; fi
chapter=0
heading() { chapter=$((chapter + 1)); printf '\n%s%s. %s%s\n\n' "$bold" "$chapter" "$1" "$plain"; }
say() { printf '   %s\n' "$@"; }
fail() { printf '\nThe demo stopped: %s\nThe console: %s\n' "$1" "$work/console" >&2; exit 1; }

server='' machine=''
end() { for id in $machine $server; do kill -9 "$id" 2>/dev/null || true; done; }
trap end EXIT

# console: what the machine has said since the last look; shown as it comes.
seen=0
waitfor() {
    local waited=0 text
    until text=$(tail -c +$((seen + 1)) console | tr -d '\r\000' | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g') && grep -q "$1" <<<"$text"; do
        waited=$((waited + 1))
        [ $waited -lt 1200 ] || fail "the machine did not say \"$1\" within two minutes"
        sleep 0.1
    done
    # A text of which nothing is left to show is none to fail for.
    { grep -v '^[[:space:]]*$\|stty\|BusyBox\|job control\|help. for a list\|^\[end\|^/ # $\|^\[ *[0-9.]*\] \(watchdog\|R[A-Z0-9]*:\|Code:\| \|CPU\|Hardware\|Call\|Kernel Off\)' <<<"$text" || true; } | sed "s/^/     $dim/; s/\$/$plain/"
    seen=$(stat -c %s console)
}
type() { printf '%s   # %s%s\n' "$dim" "$1" "$plain"; printf '%s; echo "[end $?]"\n' "$1 2>&1 | cat" >&3; waitfor '\[end [0-9]'; }
power_on() {
    [ -p keyboard ] || mkfifo keyboard
    qemu-system-x86_64 -M q35 -accel tcg -cpu max -smp 1 -m 768 -nodefaults -no-user-config -display none -serial stdio -kernel "$kernel/vmlinuz" -initrd first-stage.img \
        -append 'console=ttyS0 quiet panic=1' -drive file=disk.img,if=none,id=disk,format=raw -device virtio-blk-pci,drive=disk -netdev user,id=net -device virtio-net-pci,netdev=net \
        <keyboard >>console 2>&1 &
    machine=$!
    exec 3>keyboard
}
at_prompt() { waitfor "demo: the gate ended with 0"; sleep 1; printf 'stty -echo\n' >&3; sleep 0.5; seen=$(stat -c %s console); }

heading 'A publisher makes a machine and two releases'
say 'A kernel of the distribution, a root tree with updatectl in it, images with a dm-verity tree, and a repository that is signed.'
"$repository/demo/machine/kernel.sh" "$kernel"
modules=$(echo "$kernel"/lib/modules/*)
"$repository/os-image/first-stage.sh" --modules "$modules" --boot-selector "$repository/artifacts/bin/boot-selector" --out first-stage.img
for role in root targets snapshot timestamp; do repo-tools key generate $role.pem; done >/dev/null
repo-tools root create --out root.json --root-key root.pem --targets-key targets.pem --snapshot-key snapshot.pem --timestamp-key timestamp.pem >/dev/null
repo-tools root sign root.json --key root.pem >/dev/null
repo-tools repo create repo --root root.json >/dev/null
repo-tools serve repo --listen 127.0.0.1:0 --port-file port >serve.log 2>&1 &
server=$!
until [ -s port ]; do sleep 0.1; done
release() {
    "$repository/demo/machine/tree.sh" --out "tree-$1" --version "$1" --updatectl "$repository/artifacts/bin/updatectl" --trust root.json --repository "http://10.0.2.2:$(cat port)"
    [ $# -eq 1 ] || echo "$2" >"tree-$1/etc/demo/before-gate"
    "$repository/os-image/release.sh" --tree "tree-$1" --kernel "$kernel/vmlinuz" --modules "$modules" --module virtio_pci --module virtio_blk --module virtio_net \
        --command-line 'console=ttyS0 quiet panic=1' --watchdog 120 --out "images-$1" >/dev/null
    images=(--boot "images-$1/boot.img" --root "images-$1/root.img" --hash "images-$1/hash.img")
}
publish() {
    repo-tools release add repo --version "$1" --variant demo --arch x86_64 "${images[@]}" --wave-policy none >release.log 2>&1
    repo-tools publish repo --targets-key targets.pem --snapshot-key snapshot.pem --timestamp-key timestamp.pem >>release.log 2>&1
}
release 1.0.0
repo-tools disk create disk.img --version 1.0.0 --variant demo "${images[@]}" >disk.log 2>&1
release 1.1.0
publish 1.1.0

heading 'The machine is switched on'
say 'boot-selector reads the disk, chooses a slot, loads its kernel and jumps; at the end of the boot the gate judges it.'
: >console
power_on
at_prompt
type 'updatectl status'

heading 'It updates itself'
type 'updatectl prepare'
type 'updatectl activate'
say 'Slot B gets three tries. The machine restarts.'
printf '/bin/reboot\n' >&3
at_prompt
type 'updatectl status'

heading 'A release that panics'
say 'Its kernel ends in a panic before the gate, each time.'
release 1.2.0 'echo c >/proc/sysrq-trigger'
publish 1.2.0
type 'updatectl prepare'
type 'updatectl activate'
printf '/bin/reboot\n' >&3
at_prompt
say 'Three tries, three panics; then the old slot, which wrote down what it found:'
type 'updatectl history'

heading 'The plug is pulled while it writes'
release 1.3.0
publish 1.3.0
printf 'updatectl prepare 2>&1 | cat\n' >&3
waitfor 'root image'
kill -9 "$machine"
wait "$machine" 2>/dev/null || true
exec 3>&-
say '... and put in again.'
seen=$(stat -c %s console)
power_on
at_prompt
type 'updatectl status'
type 'updatectl prepare'
type 'updatectl status'

heading 'What was shown'
say 'A machine that boots from its disk updated itself, came back from a release that could not boot, and from a power cut in the middle of a write, with nobody there.' \
    "docs/operations/booting.md says who does what. The console of this story: ${work#"$repository/"}/console"
