#!/bin/bash
# Runs one suite and counts its tests:  script/suite.sh RESULTS NAME -- COMMAND...
#                       adds all up:     script/suite.sh RESULTS --total
#
# A suite's counts come from the closing lines of the runners used here: minitest's, and the plain
# `N passed, N failed, N skipped`; after `== total` only what follows counts. A suite that ends
# badly or counts nothing has failed. It always ends with 0, so that the next suite runs; --total
# names what failed and ends with 1 when anything did.
set -uo pipefail

results=$1
shift
mkdir -p "$results"

count() {
    awk '
        /^== total$/ { passed = failed = skipped = 0 }
        /^([^ ]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
            sub(/^[^ ]+: /, ""); passed += $1; failed += $3; skipped += $5
        }
        /^[0-9]+ (runs|tests), [0-9]+ assertions, / {
            bad = $5 + $7; failed += bad; skipped += $9; passed += $1 - bad - $9
        }
        END { print passed + 0, failed + 0, skipped + 0 }
    ' "$1"
}

# What failed in a suite, in short, for who sees only the end of a long output: the first lines of
# each of minitest's failures, cmocka's, and the first errors of a compiler.
failures() {
    awk '
        /^( +[0-9]+\) )?(Failure|Error):$/ { left = 41 }
        /^[0-9]+ (runs|tests), [0-9]+ assertions, / { left = 0 }
        left > 0 { print substr($0, 1, 300); left--; next }
        /^\[  (FAILED|ERROR) / || / error: / || / ended with status / { print substr($0, 1, 300) }
        /^FAILED: / || /: FAILED, see / || /: not what .* says$/ { print substr($0, 1, 300) }
    ' "$1" | head -n 200
}

# Their names alone.
names_of_failures() {
    awk -v suite="$2" '
        is_named { sub(/ \[.*| *$/, ""); sub(/:$/, ""); print "  " suite ": " $0 }
        { is_named = /^( +[0-9]+\) )?(Failure|Error):$/ }
        /^\[  FAILED  \] [^0-9]/ { print "  " suite ": " $4 }
        /^FAILED: / || /: FAILED, see / || /: not what .* says$/ || /: ended with status / {
            print "  " suite ": " substr($0, 1, 200)
        }
    ' "$1" | head -n 40
}

if [ "$1" = --total ]; then
    rm -f "$results/failed"
    for count in "$results"/*.count; do
        read -r _ failed _ <"$count"
        [ "$failed" = 0 ] && continue
        suite=$(basename "$count" .count)
        log=$results/$suite.log
        echo "== failed in $suite"
        [ ! -e "$log" ] || failures "$log"
        names=$([ ! -e "$log" ] || names_of_failures "$log" "$suite")
        echo "${names:-  $suite}" >>"$results/failed"
    done
    [ ! -e "$results/failed" ] || { echo "== failed" && sort -u "$results/failed"; }
    echo "== total"
    cat "$results"/*.count | awk '
        { passed += $1; failed += $2; skipped += $3 }
        END {
            printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
            exit failed > 0 || passed == 0
        }'
    exit
fi

name=$1
shift 2
echo "== $name"
started=$SECONDS
"$@" 2>&1 </dev/null | tee "$results/$name.log"
status=${PIPESTATUS[0]}
read -r passed failed skipped <<<"$(count "$results/$name.log")"
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    echo "$name: ended with status $status" | tee -a "$results/$name.log"
    failed=1
elif [ $((passed + failed + skipped)) = 0 ]; then
    echo "$name: ran no test"
    failed=1
fi
echo "$passed $failed $skipped" >"$results/$name.count"
echo "== $name: $passed passed, $failed failed, $skipped skipped in $((SECONDS - started)) s"
exit 0
