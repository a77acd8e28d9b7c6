#!/bin/bash
# scenario: full
# quick: yes
# order: 2
# inputs: zst3
# packages: gdisk
# hash: file+image
# verify: own
# desc: updatectl prepare as it ships: TUF metadata, digest of the file, image in root-B of a disk with two slots, read back past the page cache
#
# A contender of the install benchmark. The target device becomes a whole disk: its table, a small slot A that "runs", and a slot B whose root
# partition takes the benchmark's image. UPDATE_ENGINE is the folder of the published programs.
set -euo pipefail
export PATH="$UPDATE_ENGINE:$PATH"
boot_a=2048 root_a=4096 boot_b=8192 private=10240 root_b=12288 # sectors of 512 bytes
case $1 in
check) command -v updatectl repo-tools boot-selector sgdisk >/dev/null ;;
publish)
    rm -rf "${STATE:?}"/* "${PUB:?}"/*
    cd "$STATE"
    truncate -s 1M empty && mke2fs -q -t ext4 -F -m 0 empty
    for role in root targets snapshot timestamp; do repo-tools key generate $role.pem; done
    repo-tools root create --out root.json --root-key root.pem --targets-key targets.pem --snapshot-key snapshot.pem --timestamp-key timestamp.pem
    repo-tools root sign root.json --key root.pem
    repo-tools repo create "$PUB/repo" --root root.json
    repo-tools release add "$PUB/repo" --version 2.0.0 --variant bench --arch x86_64 --boot empty --root "$V2_IMAGE" --level 3 --wave-policy none
    repo-tools publish "$PUB/repo" --targets-key targets.pem --snapshot-key snapshot.pem --timestamp-key timestamp.pem
    mkdir tree && mkdir -p tree/usr/lib && printf 'VARIANT_ID=bench\nVERSION_ID=1.0.0\n' >tree/usr/lib/os-release
    truncate -s 2M running && mke2fs -q -t ext4 -F -m 0 -d tree running
    ;;
prepare)
    mkdir -p "$WORKDIR/persistent/dev"
    sgdisk --clear --set-alignment=8 \
        --new=1:$boot_a:+1M --typecode=1:6B636168-7420-6568-2070-6C616E657421 --change-name=1:BOOT-A \
        --new=2:$root_a:+2M --typecode=2:5526016A-1A97-4EA4-B39A-B7C8C6CA4502 --change-name=2:ROOT-A \
        --new=3:$boot_b:+1M --typecode=3:6B636168-7420-6568-2070-6C616E657421 --change-name=3:BOOT-B \
        --new=4:$root_b:+$((IMAGE_SIZE / 1024))K --typecode=4:5526016A-1A97-4EA4-B39A-B7C8C6CA4502 --change-name=4:ROOT-B \
        --new=5:$private:+1M --typecode=5:440408BB-EB0B-4328-A6E5-A29038FAD706 --change-name=5:PRIVATE \
        --attributes=1:set:48 --attributes=1:set:56 "$TARGET_DEV"
    dd if="$STATE/running" of="$TARGET_DEV" bs=512 seek=$root_a conv=notrunc,fsync status=none
    ln -s "$TARGET_DEV" "$WORKDIR/persistent/dev/disk"
    host=$WORKDIR/persistent
    repo-tools host create "$host" --disk "$host/dev/disk" --repository "$PUB_URL/repo" --trust "$STATE/root.json" --variant bench --arch x86_64
    boot-selector --root "$host"
    updatectl --root "$host" confirm
    ;;
install) updatectl --root "$WORKDIR/persistent" prepare ;;
verify) cmp --bytes="$IMAGE_SIZE" --ignore-initial=$((root_b * 512)):0 "$TARGET_DEV" "$V2_IMAGE" ;;
esac
