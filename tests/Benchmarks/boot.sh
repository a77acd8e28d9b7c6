#!/usr/bin/env bash
# How long boot-selector takes from its start to the jump, beside the time that its own kernel took before it; by the guest's clock, under software emulation. Medians.
# Needs what `./build.sh vm-demo` leaves. Argument: how many boots (10).
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-10}
story=$PWD/artifacts/vm/story
[ -e "$story/disk.img" ] || { echo 'There is no artifacts/vm/story/disk.img: run ./build.sh vm-demo first.' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", v[int((NR + 1) / 2)], v[1], v[NR] }'; }
for round in $(seq "$rounds"); do
    cp --sparse=always "$story/disk.img" "$work/disk.img"
    qemu-system-x86_64 -M q35 -accel tcg -cpu max -smp 1 -m 768 -nodefaults -no-user-config -display none -serial "file:$work/console" -kernel artifacts/vm/kernel/vmlinuz \
        -initrd "$story/first-stage.img" -append 'console=ttyS0 quiet panic=1' -drive "file=$work/disk.img,if=none,id=disk,format=raw" -device virtio-blk-pci,drive=disk </dev/null &
    machine=$!
    for _ in $(seq 1200); do grep -q 'jumps .* s after' "$work/console" 2>/dev/null && break; sleep 0.1; done
    kill "$machine"
    wait "$machine" 2>/dev/null || true
    sed -n 's/.*begins \([0-9.]*\) s after the kernel.*/\1/p' "$work/console" >>"$work/kernel"
    sed -n 's/.*jumps \([0-9.]*\) s after the kernel.*/\1/p' "$work/console" >>"$work/jump"
    grep -q 'jumps' "$work/console" || { echo 'The machine did not come to the jump within two minutes:' >&2; cat "$work/console" >&2; exit 1; }
    rm "$work/console"
done
echo "the kernel, up to the first stage:       $(median <"$work/kernel") s"
echo "boot-selector, from its start to the jump: $(paste "$work/kernel" "$work/jump" | awk '{ print $2 - $1 }' | median) s"
