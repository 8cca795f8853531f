#!/bin/bash
# Gives every input of each fuzz corpus to its target:  script/test_corpus.sh BUILD NAME...
#
# Inputs are the files in libctrace/fuzz/corpus/NAME; a target without one has failed. A target ends
# the process where it finds something wrong.
set -uo pipefail

build=$1
shift
passed=0
failed=0
[ $# -gt 0 ] || { echo "no fuzz target was built"; exit 1; }
for name in "$@"; do
    inputs=(libctrace/fuzz/corpus/"$name"/*)
    if [ ! -e "${inputs[0]}" ]; then
        echo "$name: no corpus"
        failed=$((failed + 1))
        continue
    fi
    if "$build/test/replay_$name" "${inputs[@]}"; then
        passed=$((passed + ${#inputs[@]}))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
