#!/bin/bash
# Runs a command in a Debian that has another Ruby, with this checkout bound to /src.
#
#   test/rubies/chroot.sh VERSION [COMMAND [ARGUMENT...]]     VERSION: 2.7, 3.1, 3.3, 3.4 or jruby
#
# Without a command it only prepares the chroot and prints its folder. Chroots are kept under
# $CT_CHROOTS (default /var/tmp/ct-chroots). /src/build there is the chroot's own, so that what one
# Ruby or C library built is never loaded by another. Needs root and debootstrap.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/packaging/debian.sh
. "$here/test/packaging/debian.sh"

# The Debian release that ships a Ruby, and the package of that Ruby.
release_for() {
    case $1 in
        2.7) echo bullseye ruby ;;
        3.1) echo bookworm ruby ;;
        3.3) echo trixie ruby ;;
        3.4) echo sid ruby3.4 ;;
        jruby) echo bookworm jruby ;;
        *) die "no Debian release is known for Ruby $1" ;;
    esac
}

others=(gcc libc6-dev make libzstd-dev libcmocka-dev python3 git procps util-linux ruby-minitest)

# Where a release's default Ruby is another one, `ruby` is made to mean the one asked for. Beside
# JRuby, which runs the programs, there is a Ruby to run the tests.
install_ruby() {
    local root=$1 version=$2 package=$3
    case $package in
        ruby) debian_install "$root" ruby ruby-dev "${others[@]}" && return ;;
        jruby) debian_install "$root" ruby ruby-dev jruby "${others[@]}" && return ;;
    esac
    debian_add_suite "$root" experimental
    debian_install "$root" "$package" "$package-dev" "${others[@]}"
    for name in ruby gem irb rake; do
        [ ! -x "$root/usr/bin/$name$version" ] ||
            ln -sf "/usr/bin/$name$version" "$root/usr/local/bin/$name"
    done
}

check_ruby() {
    local root=$1 version=$2
    case $version in
        jruby) debian_run "$root" jruby -e 'exit RUBY_ENGINE == "jruby"' ;;
        *) debian_run "$root" ruby -e "exit RUBY_VERSION.start_with?('$version')" ;;
    esac || die "the chroot's ruby is not $version"
}

prepare() {
    local root=$1 version=$2 release package
    read -r release package <<<"$(release_for "$version")"
    exec 9>"$root.lock"
    flock 9
    if [ ! -f "$root/.ready" ]; then
        debian_bootstrap "$release" "$root"
        install_ruby "$root" "$version" "$package"
        check_ruby "$root" "$version"
        mkdir -p "$root/src" "$root/src-build"
        touch "$root/.ready"
    fi
    exec 9>&-
}

[ $# -ge 1 ] || die "usage: test/rubies/chroot.sh VERSION [COMMAND [ARGUMENT...]]"
version=$1
shift
require_root
root=$(debian_folder "ruby-$version")
prepare "$root" "$version" >&2
if [ $# -eq 0 ]; then
    echo "$root"
    exit
fi
mkdir -p "$here/build"
debian_run_bound "$root" "$here" "$@"
