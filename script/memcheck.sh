#!/bin/bash
# Records programs of test/programs under valgrind's memcheck:  script/memcheck.sh RUBY PROGRAM...
#
# What it says of Ruby itself is listed in test/memcheck/ruby.supp. The writer is left out: its
# tests run under AddressSanitizer.
set -uo pipefail

ruby=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0
failed=0

# A finding is whatever valgrind's log has: the exit status is the program's.
for program in "$@"; do
    rm -f "$folder"/log.*
    timeout 600 valgrind -q --trace-children=yes --trace-children-skip='*ct-writer' \
        --suppressions=test/memcheck/ruby.supp --log-file="$folder/log.%p" \
        "$ruby" src/native_trace.rb --quiet -o "$folder/trace" "$program" \
        >"$folder/out" 2>&1 </dev/null
    status=$?
    if [ $status != 124 ] && [ -e "$folder/trace" ] && ! cat "$folder"/log.* | grep -q .; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$program: status $status"
        cat "$folder"/log.* | head -n 60
    fi
    rm -rf "$folder/trace"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
