# Functions of the scripts beside this folder: an initramfs is a tree of files, packed by cpio. Sourced, not run.

die() { echo "${0##*/}: $*" >&2; exit 1; }

# need TOOL PACKAGE: says which Debian package brings what is missing.
need() { command -v "$1" >/dev/null || die "$1 is missing; install the Debian package $2."; }

# new_tree TREE: an initramfs with a shell, which mounts what every program needs.
new_tree() {
    mkdir -p "$1"/{bin,dev,proc,sys,run,boot,modules}
    add_program "$1" "$(command -v busybox)"
    local applet
    for applet in sh mount insmod mkdir cat cut sleep reboot switch_root; do ln -s busybox "$1/bin/$applet"; done
}

# add_program TREE FILE: under /bin, with the libraries that it is linked against.
add_program() {
    [ -f "$2" ] || die "$2 is missing."
    install -D -m 755 "$2" "$1/bin/${2##*/}"
    # A static program has none.
    { ldd "$2" 2>/dev/null || true; } | sed -n 's|^[^/]*\(/[^ ]*\).*|\1|p' | while read -r library; do add_file "$1" "$library"; done
}

# add_file TREE FILE: under the same path, with what a link points at.
add_file() { [ -e "$1$2" ] || { mkdir -p "$1${2%/*}"; cp -L "$2" "$1$2"; }; }

# add_modules TREE FOLDER NAME...: modules of a kernel (FOLDER is .../lib/modules/VERSION) with what they depend on, numbered in the order of loading.
add_modules() {
    local tree=$1 folder=$2 name number=100 file
    shift 2
    [ -e "$folder/modules.dep" ] || die "$folder has no modules.dep; run depmod -b ${folder%/lib/modules/*} ${folder##*/}."
    for name in "$@"; do
        modprobe -d "${folder%/lib/modules/*}" -S "${folder##*/}" --show-depends "$name" || die "this kernel has no module $name."
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
        cp "$file" "$tree/modules/$number-${file##*/}"
        number=$((number + 1))
    done
}

# pack TREE FILE: compressed, because the kernel that takes over hashes every byte of it.
pack() { (cd "$1" && find . | sort | cpio --quiet -o -H newc -R 0:0) | zstd -q -f -5 -T0 -o "$2"; }
