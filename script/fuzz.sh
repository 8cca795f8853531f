#!/bin/bash
# Runs libFuzzer targets:  script/fuzz.sh FOLDER SECONDS JOBS NAME...
#
# Each starts from its corpus and keeps what it finds new under FOLDER/found/NAME. An input that
# makes a target fail stays in FOLDER/crash-NAME-*; add it to the corpus with its fix.
set -uo pipefail

folder=$1
seconds=$2
jobs=$3
shift 3

fuzz_one() {
    local folder=$1 seconds=$2 name=$3 log
    log=$folder/$name.log
    mkdir -p "$folder/found/$name"
    if "$folder/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$folder/crash-$name-" "$folder/found/$name" \
        "libctrace/fuzz/corpus/$name" >"$log" 2>&1 </dev/null; then
        echo "$name: $(grep -aEo '^Done [0-9]+ runs in [0-9]+ second' "$log")s, nothing found"
    else
        tail -n 40 "$log"
        echo "$name: FAILED, see $log"
        return 1
    fi
}
export -f fuzz_one

[ $# -gt 0 ] || { echo "no fuzz target was built"; exit 1; }
rm -f "$folder"/*.failed
printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c \
    "fuzz_one '$folder' '$seconds' {} || touch '$folder/{}.failed'"
failed=$(find "$folder" -maxdepth 1 -name '*.failed' | wc -l)
echo "$(($# - failed)) passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
