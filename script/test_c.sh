#!/bin/bash
# Runs C test programs, $TEST_JOBS at a time, shows what failed and ends with the sum of all.
#
# Each runs in a folder of its own under $BUILD/test/work. A program that dies before cmocka has
# printed its closing lines counts as one failed test.
set -uo pipefail

run_one() {
    local program=$1 name log status
    name=$(basename "$program")
    log=$BUILD/test/$name.log
    rm -rf "$BUILD/test/work/$name"
    mkdir -p "$BUILD/test/work/$name"
    CT_TEST_FOLDER=$BUILD/test/work/$name timeout 300 "$program" >"$log" 2>&1 </dev/null
    status=$?
    awk -v name="$name" -v status="$status" '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        END {
            if (status != 0 && failed == 0) failed = 1
            printf "%s: %d passed, %d failed, %d skipped\n", name, passed, failed, skipped
        }' "$log" >"$log.count"
    if [ $status != 0 ]; then
        grep -vE '^\[ (RUN|      OK) ' "$log"
        echo "$name: ended with status $status"
    fi
    sed 's/^/  /' "$log.count"
}
export -f run_one
export BUILD

[ $# -gt 0 ] || { echo "no C test was built"; exit 1; }
printf '%s\n' "$@" | xargs -P "${TEST_JOBS:-2}" -I{} bash -c 'run_one {}'
for program in "$@"; do
    cat "$BUILD/test/$(basename "$program").log.count"
done | awk '
    { passed += $2; failed += $4; skipped += $6 }
    END {
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }'
