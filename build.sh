#!/usr/bin/env bash
# ./build.sh [TARGET] [--OPTION=VALUE ...]: installs what is missing, then runs a target of build.cake. Quick when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")"

target=${1:-help}
[ $# -gt 0 ] && shift

packages=(libsodium23 libzstd1 liblz4-1 e2fsprogs zstd lz4 gdisk cgpt time nginx-light openssl softhsm2 opensc
    qemu-system-x86 ovmf busybox-static cryptsetup-bin kmod cpio binutils dosfstools mtools systemd-boot-efi)

say() { printf '%s\n' "$*" >&2; }

case $target in
help | -h | --help)
    cat <<'TEXT'
Usage: ./build.sh TARGET

  demo      a host updates itself, survives a bad release and refuses two attacks, on a disk image (under two minutes)
  test      every test; ends with a line "N passed, N failed, N skipped"   (--filter=NAME: only classes whose name holds NAME;
            --sweep=N: N times as many power cuts by lot, and as many kills; --machines=all|none: every virtual machine,
            about an hour, or none)
  vm-demo   the same story in a virtual machine that boots from its disk, with a panic and a pulled plug (a few minutes)
  vm-cuts   the plug is pulled at random moments of an update: --seeds=FIRST-LAST (0-299), goes on where it stopped
  publish   the programs, self-contained single files, in artifacts/bin/
  bench     measures the published programs: an update of 512 MiB, refreshes of repositories with up to 1,000,000 targets, publishing 100,000
  build     compiles everything
  format    formats every C# file
  clean     removes what was built

Everything that is missing is installed first: Debian packages as root or with sudo, .NET packages by the SDK.
TEXT
    exit 0
    ;;
esac

if ! command -v dotnet >/dev/null; then
    say "The .NET 10 SDK is missing. Install it (package dotnet-sdk-10.0, or from https://dotnet.microsoft.com/download), then run this again."
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    install="apt-get install -y --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo)
    else
        say "These Debian packages are missing: ${missing[*]}"
        say "Install them with:  sudo $install"
        exit 1
    fi
    say "Installing ${missing[*]}"
    # Packages are wanted for their files: a policy that says no keeps their services from starting.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
        "${as_root[@]}" chmod 755 $policy
        trap '"${as_root[@]}" rm -f $policy' EXIT
    fi
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        say "Installing Debian packages failed; the whole log is $log."
        exit 1
    fi
    rm -f "$log"
    if [ -e $policy ] && grep -q 'exit 101' $policy; then "${as_root[@]}" rm -f $policy; fi
    trap - EXIT
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Local tools are restored once for each version of their manifest.
stamp=artifacts/.tools-$(sha256sum .config/dotnet-tools.json | cut -c1-16)
if [ ! -e "$stamp" ]; then
    dotnet tool restore >/dev/null
    mkdir -p artifacts
    touch "$stamp"
fi
if [ "$target" = test ]; then
    # The last line is the count, after whatever the build tool says at its end.
    rm -f artifacts/test-result
    status=0
    dotnet cake build.cake --target=test "$@" || status=$?
    [ ! -e artifacts/test-result ] || cat artifacts/test-result
    exit $status
fi
exec dotnet cake build.cake --target="$target" "$@"
