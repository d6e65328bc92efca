#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in a copy of this working tree inside a fresh, minimal Debian. See usage() below.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${CHROOT_CACHE:-/var/tmp/tcpstory-chroot}
SUITE=bookworm
DIR=/root/tcpstory
FRESH=false
KEEP=false
ROOT=

# shellcheck source=tests/lib/shell.sh
. "$TOP/tests/lib/shell.sh"
# shellcheck source=tests/lib/suites.sh
. "$TOP/tests/lib/suites.sh"

usage()
{
    cat <<'EOF'
usage: tests/lib/chroot.sh [--suite SUITE] [--dir DIR] [--fresh] [--keep] COMMAND [ARGUMENT...]

    tests/lib/chroot.sh ./bootstrap
    tests/lib/chroot.sh sh -c './bootstrap && tests/run'

Makes a minimal Debian (debootstrap --variant=minbase) with this machine's apt sources, copies the
working tree into it (tracked and untracked files, not the ignored ones), and runs the command
there as root, with its own /proc, /sys and /dev. Exits with the command's status. As root only.

--suite   bookworm is the default; for another one, the sources' suites are renamed
--dir     where the tree goes, /root/tcpstory by default: a folder that only root may enter
--fresh   ignore the cached minimal system; it is kept, with the packages that were fetched, below
          /var/tmp/tcpstory-chroot or $CHROOT_CACHE
--keep    leave the chroot behind and say where it is
EOF
}

# The mounts live in the command's own mount namespace and have gone with it.
clean_up()
{
    if [ -z "$ROOT" ]; then
        return
    fi
    if $KEEP; then
        printf 'chroot.sh: left in %s\n' "$ROOT" >&2
    else
        rm -rf --one-file-system "$ROOT"
    fi
}

# apt in the chroot: the same sources, keys, resolver and proxy settings.
copy_apt_settings()
{
    local root=$1 own file
    own=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-bookworm}")
    rm -f "$root/etc/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
        if [ -f "$file" ]; then
            sed "s/\\b$own\\b/$SUITE/g; s/\\b$own-/$SUITE-/g" "$file" >"$root$file"
        fi
    done
    for file in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d /etc/apt/keyrings; do
        if [ -e "$file" ]; then
            cp -R "$file" "$root/etc/apt/"
        fi
    done
    apt-config dump | grep -iE '^Acquire::(https?::(Proxy|Verify)|Check-Valid-Until|Retries)' \
        >"$root/etc/apt/apt.conf.d/90host" || true
    printf 'Binary::apt-get::APT::Keep-Downloaded-Packages "true";\n' \
        >"$root/etc/apt/apt.conf.d/91keep"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# minimal_system TARBALL: makes the cached archive of a bare system.
minimal_system()
{
    local tarball=$1 include=() proxy=''
    printf 'chroot.sh: making a minimal %s\n' "$SUITE" >&2
    command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -n "$proxy" ]; then
        export http_proxy=$proxy
    fi
    if [[ $(mirror) == https:* ]]; then
        include=(--include=ca-certificates)
    fi
    ROOT=$(mktemp -d /var/tmp/tcpstory-chroot.XXXXXX)
    debootstrap --variant=minbase "${include[@]}" "$SUITE" "$ROOT" "$(mirror)" \
        >"$CACHE/debootstrap.log" 2>&1 || fail "debootstrap failed: see $CACHE/debootstrap.log"
    rm -f "$ROOT"/var/cache/apt/archives/*.deb
    tar --one-file-system -C "$ROOT" -cf "$tarball.new" .
    mv "$tarball.new" "$tarball"
    rm -rf --one-file-system "$ROOT"
    ROOT=
}

main()
{
    local tarball status=0
    while [ $# -gt 0 ]; do
        case $1 in
        --suite) SUITE=${2:?} && shift ;;
        --dir) DIR=${2:?} && shift ;;
        --fresh) FRESH=true ;;
        --keep) KEEP=true ;;
        -h | --help)
            usage
            return
            ;;
        --) shift && break ;;
        -*)
            usage >&2
            exit 2
            ;;
        *) break ;;
        esac
        shift
    done
    if [ $# -eq 0 ]; then
        usage >&2
        exit 2
    fi
    [ "$(id -u)" -eq 0 ] || fail "needs root"

    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir -p "$CACHE/archives-$SUITE"
    tarball=$CACHE/$SUITE-$(dpkg --print-architecture).tar
    if $FRESH || [ ! -s "$tarball" ]; then
        minimal_system "$tarball"
    fi
    ROOT=$(mktemp -d /var/tmp/tcpstory-chroot.XXXXXX)
    tar -C "$ROOT" -xf "$tarball"
    chmod 755 "$ROOT"
    copy_apt_settings "$ROOT"
    copy_tree "$ROOT$DIR"

    # shellcheck disable=SC2016
    unshare --mount --propagation private --pid --fork --kill-child bash -euc '
        root=$1 dir=$2 archives=$3
        shift 3
        mount -t proc proc "$root/proc"
        mount -t sysfs -o ro sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        mount --bind "$archives" "$root/var/cache/apt/archives"
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            HOME=/root TERM="${TERM:-dumb}" \
            chroot "$root" sh -c "cd \"\$0\" && exec \"\$@\"" "$dir" "$@"
    ' bash "$ROOT" "$DIR" "$CACHE/archives-$SUITE" "$@" || status=$?
    exit "$status"
}

main "$@"
