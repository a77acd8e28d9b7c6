#!/usr/bin/env bash
# Installs an image of 1 GiB with `updatectl prepare` and, in the same run, with the other installers of an install benchmark (a folder with
# run-bench.sh and contenders/; INSTALL_BENCH says where). Root, loop devices. Arguments go to run-bench.sh: --only, --reps, --targets, --net-rate.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${INSTALL_BENCH:?Set INSTALL_BENCH to the folder of the install benchmark.}"
export UPDATE_ENGINE=$PWD/artifacts/bin
[ -x "$UPDATE_ENGINE/updatectl" ] || { echo 'There is no artifacts/bin/updatectl: run ./build.sh publish first.' >&2; exit 2; }
bench=$(mktemp -d)
trap 'rm -rf "$bench"' EXIT
cp -r "$INSTALL_BENCH/." "$bench"
cp tests/Benchmarks/install/update-engine.sh "$bench/contenders/"
bash "$bench/run-bench.sh" "$@"
