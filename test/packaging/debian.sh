# Makes and enters Debian chroots; sourced by bare_chroot.sh and test/rubies/chroot.sh.
#
# A chroot gets its packages from where this machine gets them: same mirror, same proxy. Everything
# is mounted in a mount namespace of its own, so nothing is left mounted however a command ends.

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

require_root() {
    [ "$(id -u)" = 0 ] || die "needs root (chroot, mount)"
    command -v debootstrap >/dev/null || die "needs debootstrap"
}

debian_folder() {
    local base=${CT_CHROOTS:-/var/tmp/ct-chroots}
    mkdir -p "$base"
    echo "$base/$1"
}

# The first Debian archive in the host's apt sources.
debian_mirror() {
    local uri
    uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
        grep -Eo '(https?|file)://[^ ]+' | grep -E '/debian/?$' | head -n 1)
    echo "${uri:-http://deb.debian.org/debian}"
}

# The host's settings about how archives are reached; nothing else of its apt.conf.
debian_apt_settings() {
    apt-config dump |
        grep -E '^Acquire::(http|https|Check-|Retries|ForceIPv[46]|Languages)' || true
    echo 'APT::Install-Recommends "false";'
}

# A bare chroot of the release that was packed is unpacked again.
debian_bootstrap() {
    local release=$1 root=$2 mirror proxy= packed
    packed=$(debian_folder "bare-$release.tar")
    rm -rf --one-file-system "$root"
    if [ -f "$packed" ]; then
        mkdir -p "$root"
        tar -C "$root" -xf "$packed"
        return
    fi
    mirror=$(debian_mirror)
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    http_proxy=${http_proxy:-$proxy} debootstrap --variant=minbase "$release" "$root" "$mirror"
    echo "deb $mirror $release main" >"$root/etc/apt/sources.list"
    debian_apt_settings >"$root/etc/apt/apt.conf.d/90host"
    cp -a /etc/apt/auth.conf.d/. "$root/etc/apt/auth.conf.d/" 2>/dev/null || true
    case $mirror in
        https:*) mkdir -p "$root/etc/ssl" && cp -aL /etc/ssl/certs "$root/etc/ssl/" ;;
    esac
}

debian_add_suite() {
    local root=$1 suite=$2
    echo "deb $(debian_mirror) $suite main" >"$root/etc/apt/sources.list.d/$suite.list"
}

debian_install() {
    local root=$1
    shift
    debian_run "$root" apt-get update -q
    debian_run "$root" apt-get install -y -q --no-install-recommends "$@"
    debian_run "$root" apt-get clean
}

# Runs a command in the chroot as on a machine of its own: /proc and /dev there, no setting of ours.
debian_run() {
    debian_enter "" / "$@"
}

# The same, in a folder of the chroot.
debian_run_in() {
    local root=$1 folder=$2
    shift 2
    debian_enter "" "$folder" "$root" "$@"
}

# The same, with a checkout at /src and the chroot's own folder as its build/.
debian_run_bound() {
    local root=$1 checkout=$2
    shift 2
    debian_enter "$checkout" /src "$root" "$@"
}

debian_enter() {
    local checkout=$1 folder=$2 root=$3
    shift 3
    CT_ENTER_ROOT=$root CT_ENTER_CHECKOUT=$checkout CT_ENTER_FOLDER=$folder \
        unshare --mount --fork bash -c '
            set -e
            root=$CT_ENTER_ROOT
            mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
            mount --rbind /dev "$root/dev"
            cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
            if [ -n "$CT_ENTER_CHECKOUT" ]; then
                mount --bind "$CT_ENTER_CHECKOUT" "$root/src"
                mount --bind "$root/src-build" "$root/src/build"
            fi
            folder=$CT_ENTER_FOLDER
            path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            exec chroot "$root" /usr/bin/env -i PATH=$path \
                HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
                ${CI:+CI="$CI"} ${http_proxy:+http_proxy="$http_proxy"} \
                ${https_proxy:+https_proxy="$https_proxy"} \
                /bin/sh -c "cd \"\$0\" && exec \"\$@\"" "$folder" "$@"
        ' bash "$@"
}
