#!/bin/bash
# Compiles and runs the program in libctrace/README.md:  BUILD=build CC=cc readme_example.sh
#
# It is built as a user would build it: public headers and libctrace.a, warnings refused. What it
# prints must be the trace's events, and the trace must pass `ctrace verify` and the independent
# reader.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(realpath "${BUILD:-$root/build}")
oracle=$root/test/oracle/ct_oracle.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0
failed=0

check() {
    local what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        cat "$work/log"
        echo "readme example: $what"
        failed=$((failed + 1))
    fi
}

extract_program() {
    awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/libctrace/README.md"
}

run_program() {
    "$work/example" "$work/trace" >"$work/events" && diff "$work/expected" "$work/events"
}

extract_program >"$work/example.c"
printf '%s\n' Path Function Type VariableName Call Step Value Return >"$work/expected"
check "has more than 30 lines" test "$(grep -c '[^ ]' "$work/example.c")" -le 30
check "does not compile" ${CC:-cc} -std=c11 -Wall -Wextra -Werror -I"$root/libctrace/include" \
    "$work/example.c" "$build/libctrace.a" -lzstd -lm -pthread -o "$work/example"
check "does not print what it wrote" run_program
check "writes a trace that is in breach" "$build/ctrace" verify "$work/trace"
check "writes what the independent reader refuses" python3 "$oracle" check "$work/trace"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
