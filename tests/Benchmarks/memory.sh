#!/usr/bin/env bash
# Peak memory of `updatectl prepare` for a small and a large image: it must not grow. SIZES in GiB (default "1 8"); needs three times the largest on disk.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/Benchmarks/host.sh
in_work_folder

head -c 64M /dev/urandom >noise
for size in ${SIZES:-1 8}; do
    # Every 256 MiB: 64 MiB of noise, the rest zeros.
    rm -f root.img && truncate -s "${size}G" root.img
    for part in $(seq 0 $((size * 4 - 1))); do dd if=noise of=root.img bs=1M seek=$((part * 256)) conv=notrunc status=none; done
    make_host root.img "${size}G"
    /usr/bin/time -o one -f '%e %M' updatectl --root host prepare >/dev/null 2>&1
    awk -v size="$size" '{ printf "updatectl prepare of %d GiB: %.1f s, peak %.1f MiB\n", size, $1, $2 / 1024 }' one
done
