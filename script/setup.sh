#!/bin/bash
# Installs what a task needs:
#     script/setup.sh [base|test|fuzz|bench|memcheck|chroot|wasm|server|workloads] ...
#
# It tries things out. On Debian and its children it installs what is missing, as root or through
# sudo. Anywhere else, or where that fails, it names what is missing and ends with 1.
set -uo pipefail

base_packages="gcc make libc6-dev libzstd-dev ruby ruby-dev"
test_packages="ruby-minitest ruby-tomlrb libcmocka-dev python3 libzstd1 procps util-linux"
fuzz_packages="clang llvm"
bench_packages="hyperfine"
memcheck_packages="valgrind"
chroot_packages="debootstrap util-linux"
wasm_packages="nodejs npm"
server_packages="puma"
workloads_packages="ruby-kramdown ruby-rouge ruby-liquid ruby-mustache asciidoctor ruby-sinatra
    ruby-activerecord ruby-sqlite3 ruby-railties ruby-actionpack ruby-rspec"

say() {
    echo "setup: $*" >&2
}

# A compiler that takes `$2` as a program with the flags `$3…` tells whether a header is there.
compiles() {
    local compiler=$1 text=$2
    shift 2
    echo "$text" | "$compiler" -x c - -o /dev/null "$@" >/dev/null 2>&1
}

# Each check prints what is missing, or nothing.
check_base() {
    command -v make >/dev/null || echo "GNU make"
    command -v "${CC:-cc}" >/dev/null || { echo "a C compiler (cc)" && return; }
    compiles "${CC:-cc}" '#include <zstd.h>
int main(void) { return ZSTD_versionNumber() == 0; }' -lzstd || echo "libzstd with its headers"
    command -v ruby >/dev/null || { echo "ruby 2.7 or newer" && return; }
    ruby -rmkmf -e 'exit File.exist?(File.join(RbConfig::CONFIG["rubyhdrdir"], "ruby.h"))' ||
        echo "the headers of ruby $(ruby -e 'print RUBY_VERSION')"
}

check_test() {
    compiles "${CC:-cc}" '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
int main(void) { return 0; }' -lcmocka || echo "cmocka with its headers"
    command -v python3 >/dev/null || echo "python3"
    command -v ruby >/dev/null && { ruby -rminitest -e '' 2>/dev/null || echo "the gem minitest"; }
    command -v ruby >/dev/null && { ruby -rtomlrb -e '' 2>/dev/null || echo "the gem tomlrb"; }
}

check_fuzz() {
    compiles clang '#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { return d && n ? 0 : 0; }' \
        -fsanitize=fuzzer,address || echo "clang with libFuzzer"
}

check_bench() {
    command -v hyperfine >/dev/null || echo "hyperfine"
}

check_server() {
    command -v puma >/dev/null || echo "puma"
}

check_memcheck() {
    command -v valgrind >/dev/null || echo "valgrind"
}

check_chroot() {
    command -v debootstrap >/dev/null || echo "debootstrap"
    command -v unshare >/dev/null || echo "unshare (util-linux)"
}

# WASI and the reading of JavaScript modules are part of node since 18.
check_wasm() {
    node -e 'process.exit(Number(parseInt(process.versions.node) < 18))' 2>/dev/null ||
        echo "node 18"
    command -v npm >/dev/null || echo "npm"
}

check_workloads() {
    local library
    for library in kramdown rouge liquid mustache asciidoctor sinatra/base active_record sqlite3 \
        rails action_controller/railtie rspec/core; do
        ruby -e 'require ARGV[0]' "$library" >/dev/null 2>&1 || echo "the gem of $library"
    done
}

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2
}

install_packages() {
    say "installing $*"
    apt_install "$@" && return
    say "the package lists may be old: updating them"
    as_root apt-get update -q >&2
    apt_install "$@"
}

# libFuzzer's runtime has the version in its package's name.
runtime_of_clang() {
    local version
    version=$(clang --version 2>/dev/null | grep -Eo 'version [0-9]+' | head -n 1 | cut -d' ' -f2)
    [ -z "$version" ] || echo "libclang-rt-$version-dev"
}

# Two at once wait for each other: apt-get's lists have no lock that is waited for.
wait_for_others() {
    command -v flock >/dev/null || return 0
    exec 9<"${BASH_SOURCE[0]}"
    flock 9
}

set_up() {
    local group=$1 missing wanted
    missing=$("check_$group")
    [ -n "$missing" ] || return 0
    wait_for_others
    missing=$("check_$group")
    [ -n "$missing" ] || return 0
    if can_install; then
        wanted=${group}_packages
        # shellcheck disable=SC2046
        wanted=$(missing_packages ${!wanted})
        [ -z "$wanted" ] || install_packages $wanted || say "apt-get could not install them all"
        if [ "$group" = fuzz ] && [ -n "$(check_fuzz)" ]; then
            install_packages $(runtime_of_clang) || true
        fi
        missing=$("check_$group")
        [ -n "$missing" ] || return 0
    fi
    echo "$missing" | sed 's/^/setup: missing: /' >&2
    wanted=${group}_packages
    say "please install the above (on Debian, as root: apt-get install ${!wanted})"
    return 1
}

[ $# -gt 0 ] || set -- base
status=0
for group in "$@"; do
    case $group in
        base | test | fuzz | bench | memcheck | chroot | wasm | server | workloads)
            set_up "$group" || status=1
            ;;
        *) say "no such group: $group" && status=1 ;;
    esac
done
exit $status
