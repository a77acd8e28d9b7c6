#!/usr/bin/env bash
# Measures whole processes of the published repo-tools on a large repository: 100,000 targets in 1,024 hashed bins (TAP 15), listed, signed and published; then
# one target more, and one release more. Wall-clock seconds and peak memory, medians of ROUNDS (default 5) where a step can be repeated.
# Needs ./build.sh publish. TARGETS (default 100000), BINS (default 1024).
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/artifacts/bin:$PATH:/usr/sbin:/sbin"
rounds=${ROUNDS:-5}
targets=${TARGETS:-100000}
bins=${BINS:-1024}
work=$PWD/artifacts/publish-bench
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/keys" && cd "$work"

for key in root targets snapshot timestamp bins; do repo-tools key generate keys/$key.pem >/dev/null; done
repo-tools root create --out root.json --root-key keys/root.pem --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem >/dev/null
repo-tools root sign root.json --key keys/root.pem >/dev/null

# Names as those of releases; any digest will do, the files lie elsewhere.
list() { # first, count
    seq "$1" $(($1 + $2 - 1)) | awk '{ printf "releases/demo-x86_64/%07d/demo-x86_64-%07d-root.ext4.zst\t536870912\t%064x\n", $1, $1, $1 }'
}
list 0 "$targets" >all.tsv
mke2fs -q -t ext4 boot.img 2M >/dev/null
mke2fs -q -t ext4 root.img 4M >/dev/null

top=(--targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem)
online=(--snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem)
roles=(--role-key 'bin-*=keys/bins.pem')

# timed FILE COMMAND...: adds "seconds KiB" to FILE.
timed() {
    local file=$1
    shift
    /usr/bin/time -a -o "$file" -f '%e %M' "$@" >/dev/null
}

report() {
    sort -n "$2" | awk -v what="$1" '{ t[NR] = $1; if ($2 > m) m = $2 } END { printf "%-60s median %5.2f s (%s to %s), peak %6.1f MiB\n", what, t[int((NR + 1) / 2)], t[1], t[NR], m / 1024 }'
}

# sum OUT FILE...: line by line, seconds added up, the larger memory.
sum() {
    local out=$1
    shift
    paste -d ' ' "$@" | awk '{ s = m = 0; for (i = 1; i <= NF; i += 2) { s += $i; if ($(i + 1) > m) m = $(i + 1) } print s, m }' >"$out"
}

for _ in $(seq "$rounds"); do
    timed start repo-tools --help
    rm -rf repo
    repo-tools repo create repo --root root.json >/dev/null
    timed bins repo-tools delegation bins repo --count "$bins" --prefix bin --key keys/bins.pub.pem
    timed list repo-tools target add repo --from-list all.tsv
    timed publish repo-tools publish repo "${top[@]}" "${roles[@]}"
done
sum created bins list publish

one=$targets
for _ in $(seq "$rounds"); do
    list "$one" 1 >one.tsv
    one=$((one + 1))
    before=$(find repo/metadata -type f | wc -l)
    timed one-add repo-tools target add repo --from-list one.tsv
    timed one-publish repo-tools publish repo "${online[@]}" "${roles[@]}"
    echo $(($(find repo/metadata -type f | wc -l) - before)) >>one-files
done
sum one-all one-add one-publish

for round in $(seq "$rounds"); do
    repo-tools release add repo --version "1.$round.0" --variant demo --arch x86_64 --boot boot.img --root root.img --level 1 --wave-policy none >/dev/null 2>&1
    timed release repo-tools publish repo "${top[@]}"
done

what="$targets targets in $bins bins"
report "start alone" start
report "$what: delegate to the bins" bins
report "$what: list them" list
report "$what: sign and publish" publish
report "$what: created and signed, all three" created
report "one target more: list it" one-add
report "one target more: sign and publish" one-publish
report "one target more: both" one-all
report "one release more: sign and publish" release
echo "one target more: $(sort -n one-files | tail -1) new metadata files at most (its bin and the snapshot; timestamp.json is replaced)"
