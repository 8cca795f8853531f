#!/bin/bash
# Builds the gem, installs it into an empty GEM_HOME and records a program with what is there; the
# same with `make install`.
#
# Nothing of the checkout's build folder is used. The compiler and libzstd are the system's.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$here"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

try() {
    local what=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $what"
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        cat "$scratch/log"
    fi
}

bin=$scratch/gems/bin
records() {
    rm -rf "$scratch/trace"
    "$bin/codetracer-ruby-recorder" --out-dir "$scratch/trace" examples/invoices.rb &&
        test -s "$scratch/trace/trace.ct"
}

reads_back() {
    "$bin/ctrace" verify "$scratch/trace" &&
        "$bin/ctrace" print --summary "$scratch/trace"
}

holds_no_test() {
    ! tar -xOf pkg/*.gem data.tar.gz | tar -tz | grep -E '(^|/)test/|fuzz/|\.o$'
}

rm -rf pkg
try "make package" make -s package
export GEM_HOME=$scratch/gems
unset RUBYOPT RUBYLIB BUNDLE_GEMFILE
try "the gem holds what runs, and no tests" holds_no_test
try "gem install" gem install --local --ignore-dependencies --no-document \
    --bindir "$GEM_HOME/bin" pkg/*.gem
cd "$scratch" && ln -s "$here/examples" examples
try "the installed command records" records
try "the installed ctrace reads it back" reads_back
unset GEM_HOME
bin=$scratch/prefix/bin
try "make install" make -s -C "$here" install PREFIX="$scratch/prefix"
try "its command is the one in C" grep -q "^.ELF" "$bin/codetracer-ruby-recorder"
try "its command records" records
try "its ctrace reads it back" reads_back
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
