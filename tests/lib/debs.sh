#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds, checks, installs, upgrades and purges the Debian packages. See usage() below.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${PACKAGES_CACHE:-/var/tmp/tcpstory-packages}
SUITES=(bookworm trixie sid)

# shellcheck source=tests/lib/shell.sh
. "$TOP/tests/lib/shell.sh"
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"
# shellcheck source=tests/lib/suites.sh
. "$TOP/tests/lib/suites.sh"

usage()
{
    cat <<'EOT'
usage: tests/run packages [SUITE...]

In chroots of each Debian SUITE (bookworm, trixie and sid by default): builds the packages of this
working tree twice, in different folders and time zones, and compares them; asks lintian and
autopkgtest; installs a build that passes for an older one in a fresh system, uses it as a normal
user, upgrades, purges, and says what is left. As root only. The chroots are kept below
/var/tmp/tcpstory-packages or $PACKAGES_CACHE. Without network and without kept chroots a release is
skipped, which the last line says.
EOT
}

# in_copy ROOT COMMAND...: in a chroot that looks like ROOT; what is changed there is forgotten. The
# folder /exchange is $EXCHANGE.
in_copy()
{
    local status=0
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -euc '
        root=$1
        layers=$root.layers
        rm -rf --one-file-system "$layers"
        mkdir -p "$layers"/upper "$layers"/work "$layers"/copy
        mount -t overlay -o "lowerdir=$root,upperdir=$layers/upper,workdir=$layers/work" overlay \
            "$layers/copy"
        mkdir -p "$layers/copy/exchange"
        mount --bind "$2" "$layers/copy/exchange"
        . "$3"
        in_chroot "$layers/copy" "${@:4}"
    ' bash "$1" "$EXCHANGE" "$TOP/tests/lib/suites.sh" "${@:2}" || status=$?
    rm -rf --one-file-system "$1.layers"
    return "$status"
}

# Both builds, as a user who may do nothing, into /exchange/one and /exchange/two.
build_twice()
{
    # shellcheck disable=SC2016
    in_copy "$1" sh -euc '
        useradd -m builder
        mkdir -p /exchange/one /exchange/two /var/tmp/another/place
        chown -R builder /exchange/one /exchange/two /var/tmp/another
        cp -r /exchange/source /home/builder/source
        chown -R builder /home/builder/source
        su builder -c "cd && TZ=UTC source/packaging/build-deb /exchange/one"
        su builder -c "cd && TMPDIR=/var/tmp/another/place TZ=Pacific/Auckland LC_ALL=C \
                       source/packaging/build-deb /exchange/two"
    '
}

# Both are the same bytes; says which.
compare_builds()
{
    local name
    for name in "$EXCHANGE"/one/*.deb; do
        cmp "$name" "$EXCHANGE/two/$(basename "$name")" || return 1
        printf '%s\n' "$(cd "$EXCHANGE/one" && sha256sum "$(basename "$name")")"
    done
}

ask_lintian()
{
    # shellcheck disable=SC2016
    in_copy "$1" sh -euc '
        useradd -m reader
        chmod -R a+rX /exchange/one
        su reader -c "lintian --version; lintian --fail-on error,warning --info \
                      --show-overrides /exchange/one/*.changes"
    '
}

# The tests of debian/tests on the packages, in a system where they can be installed.
ask_autopkgtest()
{
    # shellcheck disable=SC2016
    in_copy "$1" sh -euc '
        cd /exchange
        autopkgtest -B ./one/*.deb ./source/ -- null >autopkgtest.log 2>&1 ||
            { tail -n 60 autopkgtest.log; exit 1; }
        sed -n "/ summary$/,\$p" autopkgtest.log
    '
}

# The same packages with a version that sorts before.
make_previous()
{
    local deb folder
    mkdir -p "$EXCHANGE/previous"
    for deb in "$EXCHANGE"/one/*.deb; do
        folder=$(mktemp -d)
        dpkg-deb -R "$deb" "$folder"
        sed -i -e 's/^Version: .*/&~previous/' -e 's/ (= \([^)]*\))/ (= \1~previous)/' \
            "$folder/DEBIAN/control"
        dpkg-deb --root-owner-group -b "$folder" "$EXCHANGE/previous/$(basename "$deb")"
        rm -rf "$folder"
    done >/dev/null
}

# What a user sees from the first installation to the purge.
live_with_it()
{
    make_previous
    cp "$TOP/tests/lib/deb_life.sh" "$EXCHANGE/"
    in_copy "$1" sh -xc '. /exchange/deb_life.sh' 2>"$EXCHANGE/trace" ||
        { tail -n 20 "$EXCHANGE/trace" && return 1; }
}

# test_suite SUITE: 0 passed, 1 failed, 77 skipped.
test_suite()
{
    local suite=$1 step builder=$CACHE/$1-build user=$CACHE/$1-user
    make_system "$suite" "$builder" "${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}" \
        "${PACKAGES_DEB[@]}" "${PACKAGES_DEB_TEST[@]}" || skip_suite "$suite" "$builder" || return
    make_system "$suite" "$user" "${PACKAGES_RUN[@]}" passwd ||
        skip_suite "$suite" "$user" || return
    EXCHANGE=$(mktemp -d /var/tmp/tcpstory-debs.XXXXXX)
    # shellcheck disable=SC2064
    trap "rm -rf '$EXCHANGE'" EXIT
    chmod 755 "$EXCHANGE"
    copy_tree "$EXCHANGE/source"
    for step in build_twice compare_builds ask_lintian ask_autopkgtest; do
        say "$suite: $step"
        "$step" "$builder" || return 1
    done
    say "$suite: live_with_it"
    live_with_it "$user" || return 1
}

test_suites "$@"
