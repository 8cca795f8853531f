#!/bin/bash
# Runs the command-line cases of ctrace:  BUILD=build libctrace/test/cli/run.sh [NAME...]
#
# A case is NAME.cmd, one shell command run in this folder with `ctrace` on the PATH, and NAME.out:
# what it must print on stdout and stderr, then its exit status. CTRACE names another ctrace;
# UPDATE=1 writes the .out files anew, to be read before they are committed.
set -uo pipefail

build=${BUILD:-build}
ctrace=${CTRACE:-$build/ctrace}
[ -x "$ctrace" ] || { echo "there is no $ctrace"; exit 1; }
ctrace=$(realpath "$ctrace")
cd "$(dirname "$0")" || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$ctrace" "$work/bin/ctrace"
export PATH=$work/bin:$PATH LC_ALL=C.UTF-8 WORK=$work

passed=0
failed=0
[ $# -gt 0 ] || set -- $(basename -s .cmd ./*.cmd)
for name in "$@"; do
    {
        timeout 60 bash "./$name.cmd" </dev/null 2>&1
        echo "exit $?"
    } >"$work/$name.out"
    [ "${UPDATE:-}" = 1 ] && cp "$work/$name.out" "$name.out"
    if diff -u "$name.out" "$work/$name.out"; then
        passed=$((passed + 1))
    else
        echo "$name: not what $name.out says"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
