#!/bin/bash
# Runs libFuzzer targets:  script/fuzz.sh FOLDER SECONDS JOBS NAME...
#
# Each target runs in three builds, which start from the corpus and keep what they find new under
# FOLDER/found/NAME: a fifth of its time in FOLDER/compare, which learns from what the code
# compares, and takes inputs of any size; three fifths in FOLDER/bare, without AddressSanitizer
# three to five times as fast on inputs of a few hundred bytes, unless there is little time; the
# rest in FOLDER itself, which begins with all that the others found. An input that makes a target
# fail stays in FOLDER/crash-NAME-*; add it to the corpus with its fix.
set -uo pipefail

folder=$1
seconds=$2
jobs=$3
shift 3

# An execution frees less than a quarantine of 1 MiB holds. Stacks of allocations are told when an
# input that fails is run alone.
export ASAN_OPTIONS="malloc_context_size=0:quarantine_size_mb=1:thread_local_quarantine_size_kb=64\
:max_malloc_fill_size=0:allocator_release_to_os_interval_ms=-1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# Small, but not too small for what the target reads: a container's blocks have 1024 bytes.
quick_size() {
    case $1 in
    container) echo 8192 ;;
    timeline | repair) echo 1024 ;;
    *) echo 512 ;;
    esac
}

# fuzz_stage FOLDER NAME PROGRAM SECONDS FLAG...
fuzz_stage() {
    local folder=$1 name=$2 program=$3 seconds=$4
    shift 4
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -dict=libctrace/fuzz/words.dict -artifact_prefix="$folder/crash-$name-" "$@" \
        "$folder/found/$name" "libctrace/fuzz/corpus/$name" </dev/null >>"$folder/$name.log" 2>&1
}

fuzz_one() {
    local folder=$1 seconds=$2 name=$3 log=$1/$3.log fifth=$((($2 + 4) / 5)) bare=0 size runs
    size=$(quick_size "$name")
    [ "$seconds" -lt 60 ] || bare=$((3 * fifth))
    mkdir -p "$folder/found/$name"
    : >"$log"
    if fuzz_stage "$folder" "$name" "$folder/compare/fuzz_$name" "$fifth" &&
        { [ "$bare" = 0 ] ||
            fuzz_stage "$folder" "$name" "$folder/bare/fuzz_$name" "$bare" -max_len="$size"; } &&
        fuzz_stage "$folder" "$name" "$folder/fuzz_$name" $((seconds - fifth - bare + 1)) \
            -max_len="$size"; then
        runs=$(awk '/^Done [0-9]+ runs in/ { runs += $2 } END { print runs + 0 }' "$log")
        echo "$runs" >"$folder/$name.runs"
        echo "$name: $runs runs in ${seconds}s, nothing found"
    else
        tail -n 40 "$log"
        echo "$name: FAILED, see $log"
        return 1
    fi
}
export -f fuzz_one fuzz_stage quick_size

[ $# -gt 0 ] || { echo "no fuzz target was built"; exit 1; }
rm -f "$folder"/*.failed "$folder"/*.runs
printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c \
    "fuzz_one '$folder' '$seconds' {} || touch '$folder/{}.failed'"
failed=$(find "$folder" -maxdepth 1 -name '*.failed' | wc -l)
find "$folder" -maxdepth 1 -name '*.runs' -exec cat {} + |
    awk '{ runs += $1 } END { print runs + 0 " runs in all" }'
echo "$(($# - failed)) passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
