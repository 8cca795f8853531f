#!/bin/bash
# Proves that a fresh clone needs nothing: a bare Debian with make and git, then `make demo` and
# `make test` in it.   test/packaging/bare_chroot.sh [--pack] [RELEASE]   (default: bookworm)
#
# The bare chroot is made once, packed, and unpacked anew for each run, under $CT_CHROOTS (default
# /var/tmp/ct-chroots). Prints how long each part took; ends with what make test ended with.
# --pack only makes it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$here/test/packaging/debian.sh"

pack() {
    local release=$1 packed=$2 root
    root=$(debian_folder "pack-$release")
    debian_bootstrap "$release" "$root"
    debian_install "$root" make git
    rm -rf "$root/var/lib/apt/lists"/*
    tar -C "$root" --one-file-system -cf "$packed.part" .
    mv "$packed.part" "$packed"
    rm -rf --one-file-system "$root"
}

timed() {
    local what=$1 started=$SECONDS status=0
    shift
    "$@" || status=$?
    echo "bare chroot: $what took $((SECONDS - started)) s, status $status"
    return $status
}

only_pack=
[ "${1:-}" != --pack ] || { only_pack=yes && shift; }
require_root
release=${1:-bookworm}
packed=$(debian_folder "bare-$release.tar")
exec 9>"$packed.lock"
flock 9
[ -f "$packed" ] || timed "making the chroot" pack "$release" "$packed" >&2
[ -z "$only_pack" ] || exit 0

root=$(debian_folder "bare-$release")
trap 'rm -rf --one-file-system "$root"' EXIT
rm -rf --one-file-system "$root"
mkdir -p "$root"
tar -C "$root" -xf "$packed"
git clone -q "$here" "$root/checkout"

status=0
timed "make demo" debian_run_in "$root" /checkout make demo || status=$?
timed "make test" debian_run_in "$root" /checkout make test || status=$?
exit $status
