#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and tests the plugin with the Wireshark of other Debian releases. See usage() below.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${VERSIONS_CACHE:-/var/tmp/tcpstory-versions}
SUITES=(trixie sid)             # Wireshark 4.4 and 4.6; this machine's own is 4.0

# The tests of what users of Wireshark see: fields, -z, sharkd.
TESTS='article|filters|registered|links|profile|stats|flow_graph|taps|preferences'
TESTS="^plugin/test_($TESTS|hindsight|programs)\$"

# shellcheck source=tests/lib/shell.sh
. "$TOP/tests/lib/shell.sh"
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"
# shellcheck source=tests/lib/suites.sh
. "$TOP/tests/lib/suites.sh"
# Not those of all tests: other releases have other versions of some, or none.
PACKAGES=("${PACKAGES_RUN[@]}" "${PACKAGES_BUILD[@]}" python3)

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

# test_suite SUITE: 0 passed, 1 failed, 77 skipped.
test_suite()
{
    local suite=$1 root=$CACHE/$1 version
    make_system "$suite" "$root" "${PACKAGES[@]}" || skip_suite "$suite" "$root" || return
    version=$(in_chroot "$root" tshark --version 2>/dev/null |
        sed -n '1s/[^0-9]*\([0-9.]*[0-9]\).*/\1/p')
    say "$suite: Wireshark $version"
    mkdir -p "$root/src"
    find "$root/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
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

test_suites "$@"
