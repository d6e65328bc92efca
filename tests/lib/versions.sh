#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and tests the plugin with the Wireshark of other Debian releases. See usage() below.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${VERSIONS_CACHE:-/var/tmp/tcpstory-versions}
SUITES=(trixie sid)             # Wireshark 4.4 and 4.6; this machine's own is 4.0

# The tests of what users of Wireshark see: fields, -z, sharkd.
TESTS='^plugin/test_(article|filters|registered|links|profile|stats|flow_graph|taps|preferences)$'

# shellcheck source=tests/lib/shell.sh
. "$TOP/tests/lib/shell.sh"
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"
PACKAGES=("${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}" "${PACKAGES_TEST[@]}")

usage()
{
    cat <<'EOT'
usage: tests/run versions [SUITE...]

Builds this working tree in a chroot of each Debian SUITE (trixie and sid by default), with that
release's Wireshark, and runs the tests of fields, -z and sharkd there. As root only. The chroots
are kept with what was built in them below /var/tmp/tcpstory-versions or $VERSIONS_CACHE; remove a
folder there to make that release anew. Without network and without a kept chroot a release is
skipped, which the last line says.
EOT
}

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

# make_system SUITE ROOT: a minimal system with the packages; or brings an older one up to date.
make_system()
{
    local suite=$1 root=$2
    if [ -f "$root/packages" ] && [ "$(cat "$root/packages")" = "${PACKAGES[*]}" ]; then
        return
    fi
    say "Making a chroot of $suite (this is done once)"
    if [ -d "$root/etc" ]; then
        in_chroot "$root" sh -c 'apt-get -q update && apt-get -q -y install "$@"' sh \
            --no-install-recommends "${PACKAGES[@]}"
    else
        install_packages mmdebstrap
        rm -rf --one-file-system "$root"
        mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
            --include="$(IFS=, && printf '%s' "${PACKAGES[*]}")" "$suite" "$root" "$(mirror)"
    fi >"$CACHE/$suite.log" 2>&1 || return 1
    printf '%s\n' "${PACKAGES[*]}" >"$root/packages"
}

# The tree as git sees it now, in a folder that is replaced but for what was built in it.
copy_tree()
{
    local target=$1 file
    mkdir -p "$target"
    find "$target" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    git -c safe.directory='*' -C "$TOP" ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do
            if [ -e "$TOP/$file" ]; then
                printf '%s\0' "$file"
            fi
        done |
        tar -C "$TOP" --null --verbatim-files-from --files-from=- -cf - |
        tar -C "$target" --no-same-owner -xf -
}

# test_suite SUITE: 0 passed, 1 failed, 77 skipped.
test_suite()
{
    local suite=$1 root=$CACHE/$1 version
    if ! make_system "$suite" "$root"; then
        printf '\n*** %s SKIPPED: no chroot could be made (no network?): see %s ***\n\n' \
            "$suite" "$CACHE/$suite.log" >&2
        return 77
    fi
    version=$(in_chroot "$root" tshark --version 2>/dev/null |
        sed -n '1s/[^0-9]*\([0-9.]*[0-9]\).*/\1/p')
    say "$suite: Wireshark $version"
    copy_tree "$root/src"
    # shellcheck disable=SC2016
    in_chroot "$root" sh -euc '
        cd /src
        cmake --preset ci -B build -G Ninja >build.log 2>&1 || { tail -n 40 build.log; exit 1; }
        if ! cmake --build build --target tcpstate tcpstory tcpstory-frames profile \
                >build.log 2>&1; then
            grep -A20 FAILED build.log | head -n 80
            exit 1
        fi
        exec ctest --test-dir build -j2 --no-tests=error --output-on-failure -R "$1"
    ' sh "$TESTS"
}

main()
{
    local suite status passed=0 failed=0 skipped=0
    case "${1-}" in
    -h | --help)
        usage
        return
        ;;
    esac
    [ "$(id -u)" -eq 0 ] || fail "versions needs root"
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

main "$@"
