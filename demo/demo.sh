#!/usr/bin/env bash
# The story of a host, told with the real programs on a disk image: it updates itself, survives a bad release, refuses two attacks and hears of a recall.
# Run by `./build.sh demo`; everything it makes lies in artifacts/demo and is made anew each time.
set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${1:-Release}
bins=()
for project in src/UpdateEngine.Cli src/UpdateEngine.BootSelector repo-tools/RepoTools; do
    bins+=("$PWD/$project/bin/$configuration/net10.0")
done
export PATH="$(IFS=:; echo "${bins[*]}"):$PATH:/usr/sbin:/sbin"

work=$PWD/artifacts/demo
rm -rf "$work"
mkdir -p "$work"
cd "$work"

if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); else bold='' dim='' plain=''; fi
started=$SECONDS
chapter=0
heading() { chapter=$((chapter + 1)); printf '\n%s%s. %s%s\n\n' "$bold" "$chapter" "$1" "$plain"; }
say() { printf '   %s\n' "$@"; }
# run CODE COMMAND...: shows the command, runs it, and ends the demo if it does not end with this exit code.
run() {
    local expected=$1 code=0
    shift
    printf '%s   $ %s%s\n' "$dim" "$*" "$plain"
    "$@" 2>&1 | sed 's/^/     /' || code=${PIPESTATUS[0]}
    [ "$code" = "$expected" ] || fail "\`$*\` ended with exit code $code, expected $expected"
    [ "$code" = 0 ] || printf '%s     (exit code %s)%s\n' "$dim" "$code" "$plain"
}
# On a terminal prepare and activate draw their bars themselves, so they are not piped.
show() {
    printf '%s   $ %s%s\n' "$dim" "$*" "$plain"
    if [ -t 2 ]; then "$@"; else "$@" 2>&1 | sed 's/^/     /'; fi || fail "\`$*\` failed"
}
fail() { printf '\nThe demo failed: %s\n' "$1" >&2; exit 1; }
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT

publish() {
    run 0 repo-tools publish repo --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
}
# root_image VERSION: the operating system with this version in its os-release. release VERSION: that, compressed into the draft.
root_image() {
    local version=$1
    cp --sparse=always root-base.img "root-$version.img"
    printf 'ID=demo\nNAME="Demo OS"\nVARIANT_ID=demo\nVERSION_ID=%s\n' "$version" >os-release
    debugfs -w -f /dev/stdin "root-$version.img" >/dev/null 2>&1 <<<"$(printf 'cd /usr/lib\nrm os-release\nwrite os-release os-release\n')"
}
release() {
    root_image "$1"
    run 0 repo-tools release add repo --version "$1" --variant demo --arch x86_64 --boot boot.img --root "root-$1.img" --level 3 --wave-policy none
}

# SHA-256 of the root image in slot B (partition 4), read with dd.
root_of_slot_b() {
    dd if=host/disk.img bs=1M iflag=skip_bytes,count_bytes skip=$(($(cgpt show -i 4 -b host/disk.img) * 512)) count="$(stat -c %s root-base.img)" status=none |
        sha256sum | cut -d' ' -f1
}

printf '%sUpdateEngine: an A/B update, told on a disk image%s\n' "$bold" "$plain"
say '' 'Everything below is real: an ext4 image of 512 MiB made of files of this machine, a GPT disk, signatures of 2 of 3 root keys, HTTP on loopback.' \
    'Commands are shown as they run; only the paths are short because they run in artifacts/demo.'

heading 'The publisher makes keys and a repository'
mkdir keys
for key in root1 root2 root3 targets snapshot timestamp; do repo-tools key generate keys/$key.pem >/dev/null; done
say 'Six ed25519 keys: three for root (two must sign), one each for targets, snapshot and timestamp.'
run 0 repo-tools root create --out root.json --root-key keys/root1.pem --root-key keys/root2.pem --root-key keys/root3.pem --root-threshold 2 \
    --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
run 0 repo-tools root sign root.json --key keys/root1.pem --key keys/root3.pem
run 0 repo-tools repo create repo --root root.json

heading 'An operating system of 512 MiB, and a disk with it in slot A'
mkdir -p tree/usr/lib tree/etc
printf 'VERSION_ID=0\n' >tree/usr/lib/os-release
# About 400 MiB of real files; sorted, so that the same machine makes the same tree.
find /usr/lib /usr/share /usr/bin -xdev -type f -readable -size -20M -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort -k2 |
    awk '{ total += $1 + 4096; if (total > 400 * 1048576) next; sub(/^[0-9]+ /, ""); print }' >files
tar --create --no-recursion --files-from=files --file=- 2>/dev/null | tar --extract --directory=tree
mke2fs -q -t ext4 -F -m 0 -d tree root-base.img 512M >/dev/null
mkdir -p boot-tree && printf 'console=ttyS0 quiet\n' >boot-tree/cmdline
mke2fs -q -t ext4 -F -m 0 -d boot-tree boot.img 8M >/dev/null
say "$(wc -l <files) files of this machine in an ext4 image of $(($(stat -c %s root-base.img) / 1048576)) MiB."
rm -rf tree
root_image 1.0.0
mkdir host
run 0 repo-tools disk create host/disk.img --version 1.0.0 --variant demo --boot boot.img --root root-1.0.0.img --size-boot 16M --size-root 640M
release 1.0.0
publish

heading 'The repository is served, and a host is switched on'
repo-tools serve repo --listen 127.0.0.1:0 --port-file port >serve.log 2>&1 &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
[ -s port ] || fail "the server did not start: $(cat serve.log)"
url=http://127.0.0.1:$(cat port)
say "Serving $url"
run 0 repo-tools host create host --disk host/disk.img --repository "$url" --trust root.json --arch x86_64
cat >host/etc/update-engine/health.d/required/10-shop-answers <<'CHECK'
#!/bin/sh
# class: image
# timeout: 10s
# A stand-in for a real question to the service: release 1.2.0 is the one that is broken.
echo "asking the shop in slot $UPDATE_ENGINE_SLOT, version $UPDATE_ENGINE_VERSION"
[ "$UPDATE_ENGINE_VERSION" != 1.2.0 ] || { echo "the shop answers 500 Internal Server Error"; exit 1; }
CHECK
chmod +x host/etc/update-engine/health.d/required/10-shop-answers
run 0 boot-selector --root host
run 0 updatectl --root host confirm
run 0 updatectl --root host status

heading 'Release 1.1.0: check, prepare, activate'
release 1.1.0
publish
run 0 updatectl --root host check
show updatectl --root host prepare
show updatectl --root host activate
run 0 updatectl --root host status

heading 'The host reboots: slot B runs, its health is checked, it is marked good'
rm host/run/update-engine/booted
run 0 boot-selector --root host
run 0 updatectl --root host confirm
run 0 updatectl --root host status

heading 'Release 1.2.0 is bad: it boots, fails its health check, and the host goes back by itself'
release 1.2.0
publish
show updatectl --root host prepare
show updatectl --root host activate
rm host/run/update-engine/booted
run 0 boot-selector --root host
run 74 updatectl --root host confirm
say 'The health gate has switched the host off; it boots again:'
run 0 boot-selector --root host
run 0 updatectl --root host confirm
run 0 updatectl --root host status
run 0 updatectl --root host history
say '1.2.0 is still the newest in the repository, but this host does not take it again:'
run 77 updatectl --root host check

heading 'An attacker on the mirror swaps the image of 1.3.0 for another one, valid zstd and of the same length'
cp repo/metadata/timestamp.json yesterdays-timestamp.json
release 1.3.0
publish
image=$(ls repo/targets/*-1.3.0-root*)
cp "$image" genuine
cp --sparse=always root-1.3.0.img evil.img
debugfs -w -R 'write os-release usr/lib/backdoor' evil.img >/dev/null 2>&1
length=$(stat -c %s genuine)
for level in 3 6 9; do
    zstd -q -f -T0 -$level evil.img -o evil.zst
    padding=$((length - $(stat -c %s evil.zst) - 8))
    [ $padding -ge 0 ] && break
done
# A skippable frame fills it up to the length that is signed: 50 2A 4D 18, its size, and that many bytes.
{ printf '\x50\x2a\x4d\x18'; printf "\\x$(printf %02x $((padding & 255)))\\x$(printf %02x $((padding >> 8 & 255)))\\x$(printf %02x $((padding >> 16 & 255)))\\x$(printf %02x $((padding >> 24)))"; head -c $padding /dev/zero; } >>evil.zst
zstd -q -t evil.zst || fail 'the attack is not valid zstd'
[ "$(stat -c %s evil.zst)" = "$length" ] || fail 'the attack has another length'
cat evil.zst >"$image"
before=$(root_of_slot_b)
run 65 updatectl --root host prepare
run 0 updatectl --root host status
[ "$(root_of_slot_b)" = "$before" ] || fail 'the running slot was touched'
say 'The stream was read to its end before it was judged, so slot A holds the attacker'"'"'s bytes, but no flag lets it boot. Slot B, which runs, is' \
    'byte for byte what it was. The mirror is repaired.'
cat genuine >"$image"

heading 'An attacker replays the timestamp from before 1.3.0, to keep hosts on old releases'
cp repo/metadata/timestamp.json current-timestamp.json
cp yesterdays-timestamp.json repo/metadata/timestamp.json
run 65 updatectl --root host check
cp current-timestamp.json repo/metadata/timestamp.json

heading 'The publisher recalls 1.1.0, and the host that runs it says so'
run 0 repo-tools release recall repo --version 1.1.0 --variant demo --arch x86_64 --reason 'loses orders at midnight'
publish
run 0 updatectl --root host check

heading 'Independent tools agree with every word'
run 0 sgdisk -v host/disk.img
status=$(updatectl --root host status)
printf '%s\n' "$status" | sed 's/^/     /'
for slot in A:1 B:3; do
    name=${slot%:*} partition=${slot#*:}
    ours=$(printf '%s\n' "$status" | awk -v slot="$name" '$1 == slot { print $3, $4, $5 }')
    theirs="$(cgpt show -i "$partition" -P host/disk.img) $(cgpt show -i "$partition" -T host/disk.img) $(cgpt show -i "$partition" -S host/disk.img)"
    [ "$ours" = "$theirs" ] || fail "slot $name: updatectl says $ours, cgpt says $theirs"
    say "cgpt on slot $name: priority, tries, successful = $theirs, as updatectl says"
done
run 0 e2fsck -fn "host/disk.img?offset=$(($(cgpt show -i 4 -b host/disk.img) * 512))"
published=$(sha256sum root-1.1.0.img | cut -d' ' -f1)
on_disk=$(root_of_slot_b)
[ "$on_disk" = "$published" ] || fail "slot B holds $on_disk, published was $published"
say "SHA-256 of slot B's root, read from the disk: $on_disk" "SHA-256 of the image that was published:      $published"

printf '\n%sDone in %s s.%s The host is in artifacts/demo/host: try `updatectl --root artifacts/demo/host status` yourself.\n' "$bold" $((SECONDS - started)) "$plain"
