# Shared by the benchmarks: a host in a folder that is about to prepare one release, with its repository served on loopback by the published programs.
export PATH="$PWD/artifacts/bin:$PATH:/usr/sbin:/sbin"
server=''

# An empty folder for this run, which goes away with it.
in_work_folder() {
    work=$PWD/artifacts/bench
    trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
    rm -rf "$work"
    mkdir -p "$work" && cd "$work"
    mke2fs -q -t ext4 -F -m 0 boot.img 8M >/dev/null
}

# make_host ROOT_IMAGE SIZE: slots whose root partitions have this size; slot A runs a small 1.0.0, and ROOT_IMAGE is published as 1.1.0.
make_host() {
    rm -rf repo host keys small tree root.json
    mkdir -p keys host tree/usr/lib
    printf 'VARIANT_ID=bench\nVERSION_ID=1.0.0\n' >tree/usr/lib/os-release
    mke2fs -q -t ext4 -F -m 0 -d tree small 8M >/dev/null
    for key in root targets snapshot timestamp; do repo-tools key generate keys/$key.pem >/dev/null; done
    repo-tools root create --out root.json --root-key keys/root.pem --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem >/dev/null
    repo-tools root sign root.json --key keys/root.pem >/dev/null
    repo-tools repo create repo --root root.json >/dev/null
    repo-tools release add repo --version 1.1.0 --variant bench --arch x86_64 --boot boot.img --root "$1" --level 3 --wave-policy none >/dev/null 2>&1
    repo-tools publish repo --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem >/dev/null
    repo-tools disk create host/disk.img --version 1.0.0 --variant bench --boot boot.img --root small --size-boot 16M --size-root "$2" >/dev/null 2>&1
    [ -z "$server" ] || kill "$server"
    rm -f port
    repo-tools serve repo --listen 127.0.0.1:0 --port-file port >/dev/null 2>&1 &
    server=$!
    until [ -s port ]; do sleep 0.1; done
    repo-tools host create host --disk host/disk.img --repository "http://127.0.0.1:$(cat port)" --trust root.json --arch x86_64 >/dev/null
    boot-selector --root host 2>/dev/null >/dev/null
    updatectl --root host confirm >/dev/null 2>&1
    updatectl --root host check >/dev/null
    rm -rf disk.before state.before
    cp --sparse=always host/disk.img disk.before
    cp -r host/var state.before
}

# As before the first prepare.
again() {
    cp --sparse=always disk.before host/disk.img
    rm -rf host/var
    cp -r state.before host/var
    sync -f host/disk.img
}
