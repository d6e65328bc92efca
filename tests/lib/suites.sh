# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153
# Chroots of Debian's releases, which are kept in CACHE. Sourced behind shell.sh; as root only.

# in_chroot ROOT COMMAND...: as root, with its own /proc, /sys and /dev.
in_chroot()
{
    # shellcheck disable=SC2016
    unshare --mount --propagation private --pid --fork --kill-child bash -euc '
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount -t sysfs -o ro sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
    ' bash "$@" </dev/null
}

# The address from which this machine's apt gets the main archive.
mirror()
{
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
        grep -v -e security -e updates | head -n 1
}

# make_system SUITE ROOT PACKAGE...: a minimal system with the packages; or brings an older one up
# to date.
make_system()
{
    local suite=$1 root=$2
    shift 2
    if [ -f "$root/packages" ] && [ "$(cat "$root/packages")" = "$*" ]; then
        return
    fi
    say "Making a chroot of $suite (this is done once)"
    if [ -d "$root/etc" ]; then
        in_chroot "$root" sh -c 'apt-get -q update && apt-get -q -y install "$@"' sh \
            --no-install-recommends "$@"
    else
        install_packages mmdebstrap
        rm -rf --one-file-system "$root"
        mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
            --include="$(IFS=, && printf '%s' "$*")" "$suite" "$root" "$(mirror)"
    fi >"$root.log" 2>&1 || return 1
    printf '%s\n' "$*" >"$root/packages"
}

# test_suites [--help] [SUITE...]: runs test_suite SUITE for each, of SUITES when none is named, and
# says how many passed, failed, and were skipped (exit status 77). Fails when one failed.
test_suites()
{
    local suite status passed=0 failed=0 skipped=0
    case "${1-}" in
    -h | --help)
        usage
        return
        ;;
    esac
    [ "$(id -u)" -eq 0 ] || fail "this needs root"
    [ $# -eq 0 ] || SUITES=("$@")
    mkdir -p "$CACHE"
    for suite in "${SUITES[@]}"; do
        status=0
        (test_suite "$suite") || status=$?
        case $status in
        0) passed=$((passed + 1)) ;;
        77) skipped=$((skipped + 1)) ;;
        *) failed=$((failed + 1)) ;;
        esac
    done
    printf '%d releases passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}

# skip_suite SUITE ROOT: says loudly that there is no chroot.
skip_suite()
{
    printf '\n*** %s SKIPPED: no chroot could be made (no network?): see %s ***\n\n' \
        "$1" "$2.log" >&2
    return 77
}
