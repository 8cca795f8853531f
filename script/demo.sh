#!/bin/bash
# Records examples/invoices.rb and walks through the trace as a person would: from the wrong invoice
# that the audit names, back to the line that made it wrong.
#
# `make demo` calls it. $BUILD, $RUBY; the trace goes to $BUILD/demo.
set -euo pipefail

ruby=${RUBY:-ruby}
build=${BUILD:-build}
trace=$build/demo
ctrace=$build/ctrace

title() {
    printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi
}

shown() {
    echo "\$ $*"
    "$@"
}

# The steps of a range, made to fit a page: what an order's lines are is left out.
steps() {
    echo "\$ $ctrace print --steps $1 $trace"
    "$ctrace" print --steps "$1" "$trace" | LC_ALL=C.UTF-8 sed -E \
        -e 's/lines=\[.*\], coupon=/lines=[…], coupon=/' \
        -e 's/(rebates=\[[^]]*\]), rebate_cents=[^>]*>/\1, …>/' -e 's/^(.{200}).*/\1…/'
}

# The number of the first step that a pattern fits.
first_step() {
    grep -E -m 1 "^ *[0-9]+ .*$1" "$trace/all.txt" | awk '{ print $1 }' ||
        { echo "demo: no step shows $1" >&2 && return 1; }
}

mkdir -p "$trace"
title "Record a program"
shown "$ruby" src/native_trace.rb --out-dir "$trace" examples/invoices.rb

title "What was recorded"
shown "$ctrace" print --summary "$trace"

"$ctrace" print "$trace" >"$trace/all.txt"
wrong=$(first_step "coupons=1 promised=0")
title "The first wrong invoice, from the step that finds it"
steps "$wrong..$((wrong + 1))"

grown=$(first_step 'rebates=\[#<Rebate #[0-9]+ name="coupon')
title "Who gave the coupon? Backwards from where the list of rebates first has it"
steps "$((grown + 1))..$((grown - 4))"

cause=$(grep -n 'rebates <<' examples/invoices.rb)
title "Line ${cause%%:*} changes the list of what *every* customer of that level is promised:"
echo "${cause#*:}"
rm "$trace/all.txt"

title "Open it in CodeTracer"
echo "$(cd "$trace" && pwd)/trace.ct"
