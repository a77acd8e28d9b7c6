#!/usr/bin/env bash
# Measures whole processes, start included, that refresh a TUF repository with very many targets over HTTP from this machine: a first refresh into an empty
# store, and one with nothing new. Wall-clock seconds and peak memory; the ratio of 1,000,000 targets to 100,000; beside them, in the same rounds, a process that
# only starts, and python-tuf where PYTHON_TUF names a checkout (and python3 can import securesystemslib and requests).
# Needs ./build.sh publish. ROUNDS (default 7), SIZES (default "1000 10000 100000 1000000").
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/artifacts/bin:$PATH"
rounds=${ROUNDS:-7}
read -ra sizes <<<"${SIZES:-1000 10000 100000 1000000}"
generator=$PWD/tests/Benchmarks/UpdateEngine.Tuf.Benchmarks
work=$PWD/artifacts/tuf-bench
peer=$PWD/tests/Benchmarks/python_tuf_refresh.py
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/repositories" && cd "$work"

for size in "${sizes[@]}"; do
    for layout in one bins; do
        dotnet run --project "$generator" -c Release -- generate "repositories/$size-$layout" "$size" "$layout"
    done
done

# serve NAME: sets url.
serve() {
    [ -z "$server" ] || kill "$server"
    rm -f port
    mkdir -p "repositories/$1/targets"
    repo-tools serve "repositories/$1" --listen 127.0.0.1:0 --port-file port >/dev/null 2>&1 &
    server=$!
    for _ in $(seq 100); do [ ! -s port ] || break; sleep 0.1; done
    url=http://127.0.0.1:$(cat port)
}

# timed FILE COMMAND...: adds "seconds KiB" to FILE.
timed() {
    local file=$1
    shift
    /usr/bin/time -a -o "$file" -f '%e %M' "$@" >/dev/null
}

client() { timed "$1" tuf-conformance-client --metadata-dir "$2" --metadata-url "$url/metadata" --targets-limit 2000000000 refresh; }

# median FILE: of the seconds.
median() { sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }

report() {
    sort -n "$2" | awk -v what="$1" '{ t[NR] = $1; if ($2 > m) m = $2 } END { printf "%-44s median %6s s (%s to %s), peak %6.1f MiB\n", what, t[int((NR + 1) / 2)], t[1], t[NR], m / 1024 }'
}

has_peer() { [ -n "${PYTHON_TUF:-}" ] && PYTHONPATH=$PYTHON_TUF${PYTHONPATH:+:$PYTHONPATH} python3 -c 'import tuf.ngclient' 2>/dev/null; }

for size in "${sizes[@]}"; do
    for layout in one bins; do
        name=$size-$layout
        serve "$name"
        rm -rf fresh kept
        tuf-conformance-client --metadata-dir fresh init "repositories/$name/root.json"
        cp -r fresh kept
        client warm-up kept
        for _ in $(seq "$rounds"); do
            timed "$name.start" tuf-conformance-client --metadata-dir kept init "repositories/$name/root.json"
            rm -rf first && cp -r fresh first
            client "$name.first" first
            client "$name.again" kept
            if [ "$layout" = one ] && has_peer; then
                rm -rf peer
                PYTHONPATH=$PYTHON_TUF${PYTHONPATH:+:$PYTHONPATH} timed "$name.peer" python3 "$peer" "$url/metadata" "repositories/$name/root.json" peer
            fi
        done
        report "$size targets, $layout: start alone" "$name.start"
        report "$size targets, $layout: first refresh" "$name.first"
        report "$size targets, $layout: nothing new" "$name.again"
        [ ! -e "$name.peer" ] || report "$size targets, $layout: python-tuf, first" "$name.peer"
    done
done

if [ -e 1000000-one.first ] && [ -e 100000-one.first ]; then
    for kind in first again; do
        echo "1,000,000 to 100,000 targets in one role, $kind: $(echo "$(median 1000000-one.$kind) $(median 100000-one.$kind)" | awk '{ printf "%.1f times", $1 / $2 }')"
    done
fi
[ ! -e 100000-one.peer ] ||
    echo "python-tuf to us, 100,000 targets, first refresh: $(echo "$(median 100000-one.peer) $(median 100000-one.first)" | awk '{ printf "%.1f times", $1 / $2 }')"
