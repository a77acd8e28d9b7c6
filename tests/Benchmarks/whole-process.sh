#!/usr/bin/env bash
# Measures the published programs as whole processes on a sandbox host with a root image of 512 MiB: time and memory of `status`, time, memory and temporary
# bytes of `prepare`. Run by `./build.sh bench`. Needs strace for the temporary bytes; without it that line says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-15}
. tests/Benchmarks/host.sh
in_work_folder

# Real files of this machine up to about 400 MiB in an ext4 image of 512 MiB.
mkdir -p tree/usr/lib
find /usr/lib /usr/share /usr/bin -xdev -type f -readable -size -20M -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort -k2 |
    awk '{ total += $1 + 4096; if (total > 400 * 1048576) next; sub(/^[0-9]+ /, ""); print }' >files
tar --create --no-recursion --files-from=files --file=- 2>/dev/null | tar --extract --directory=tree
mkdir -p tree/usr/lib
rm -f tree/usr/lib/os-release
printf 'VARIANT_ID=bench\nVERSION_ID=1.0.0\n' >tree/usr/lib/os-release
mke2fs -q -t ext4 -F -m 0 -d tree root.img 512M >/dev/null
rm -rf tree

make_host root.img 640M

# sample N COMMAND...: median, smallest and largest of wall seconds, and the largest resident set.
sample() {
    local n=$1
    shift
    for _ in $(seq "$n"); do /usr/bin/time -o one -f '%e %M' "$@" >/dev/null 2>&1 && cat one; done >all
    sort -n all | awk '{ t[NR] = $1; if ($2 > m) m = $2 } END { printf "median %s s (%s to %s), peak %.1f MiB, %d runs", t[int((NR + 1) / 2)], t[1], t[NR], m / 1024, NR }'
}

updatectl --root host status >/dev/null
echo "updatectl status:                       $(sample "$rounds" updatectl --root host status)"
for _ in 1 2 3; do
    again
    /usr/bin/time -o one -f '%e %M' updatectl --root host prepare >/dev/null 2>&1
    cat one
done >all
sort -n all | awk '{ t[NR] = $1; if ($2 > m) m = $2 } END { printf "updatectl prepare (520 MiB, read back):  median %s s (%s to %s), peak %.1f MiB, %d runs\n", t[int((NR + 1) / 2)], t[1], t[NR], m / 1024, NR }'

if command -v strace >/dev/null; then
    again
    strace -f -qq -y -e trace=write,pwrite64,pwritev,pwritev2,writev,ftruncate,sendfile,copy_file_range -o trace updatectl --root host prepare >/dev/null 2>&1
    # Bytes written to anything on a file system that is not the disk: state, metadata, and whatever would be a temporary copy.
    awk -v disk="$PWD/host/disk.img" '
        match($0, /<\/[^>]*>/) {
            path = substr($0, RSTART + 1, RLENGTH - 2)
            if (path ~ /^\/(dev|proc|sys)\// || path == disk) next
            n = $NF; if (n ~ /^[0-9]+$/) sum += n
        }
        END { printf "written beside the disk during prepare:  %d bytes (journal, history, metadata; the image has 545259520)\n", sum }' trace
else
    echo 'written beside the disk during prepare:  not measured, strace is missing (apt-get install strace)'
fi
