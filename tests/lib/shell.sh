# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by bootstrap and tests/run: messages, packages, configuring and building.
# The sourcing script has set TOP to the project's folder and uses `set -euo pipefail`.

# Same messages and sort order everywhere; C.UTF-8 needs no locale package.
export LC_ALL=C.UTF-8
PROGRAM=$(basename "$0")

say()
{
    printf '==> %s\n' "$*" >&2
}

fail()
{
    printf '%s: %s\n' "$PROGRAM" "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: keeps the output in a log and shows it only when the command fails.
quietly()
{
    local what=$1 log status=0
    shift
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 60 "$log" >&2
        rm -f "$log"
        fail "$what failed (exit status $status)"
    fi
    rm -f "$log"
}

may_be_root()
{
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

apt_get()
{
    as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C.UTF-8 \
        apt-get -y -q -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
        -o DPkg::Lock::Timeout=600 "$@"
}

# Whether another program installs packages now: apt and dpkg lock this file by fcntl().
apt_is_busy()
{
    local inode
    inode=$(stat -c %i /var/lib/dpkg/lock-frontend 2>/dev/null) &&
        grep -q ":$inode " /proc/locks 2>/dev/null
}

missing_packages()
{
    local package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            printf '%s\n' "$package"
    done
}

# install_packages PACKAGE...: does nothing, at once, when all are there.
install_packages()
{
    local missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not a Debian system: the equivalents of these packages are needed: $*"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        return
    fi
    if ! may_be_root; then
        fail "packages are missing, and there is no sudo. As root, run
    apt-get install --no-install-recommends ${missing[*]}
and then $PROGRAM again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        as_root true || fail "sudo was refused"     # asks for the password while it is visible
    fi
    if apt_is_busy; then
        say "Another program installs packages now; waiting for it, for up to ten minutes"
    fi
    say "Installing packages: ${missing[*]}"
    apt_get update >/dev/null 2>&1 </dev/null ||
        say "apt-get update failed; trying with the package lists that are there"
    quietly "apt-get install" apt_get install --no-install-recommends "${missing[@]}"
}

# configure PRESET BUILD_DIR [CMAKE_OPTION...]: Ninja in a new folder; an old one keeps its
# generator.
configure()
{
    local preset=$1 build=$2 home='' fresh=()
    shift 2
    if [ -f "$build/CMakeCache.txt" ]; then
        home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
        if [ "$home" != "$TOP" ]; then
            fresh=(--fresh)                         # the tree was moved or copied
        fi
    fi
    if [ "$home" != "$TOP" ] && command -v ninja >/dev/null; then
        set -- -G Ninja "$@"
    fi
    (
        cd "$TOP" || exit
        quietly "cmake" cmake --preset "$preset" -B "$build" "${fresh[@]}" "$@"
    )
}

# tree_files: the tree's files as git would keep them now, each ended by a NUL; where there is no
# git, all but those of build folders.
tree_files()
{
    local file
    if git -c safe.directory='*' -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory='*' -C "$TOP" ls-files -z --cached --others --exclude-standard |
            while IFS= read -r -d '' file; do
                if [ -e "$TOP/$file" ] || [ -L "$TOP/$file" ]; then
                    printf '%s\0' "$file"
                fi
            done
    else
        (cd "$TOP" && find . \( -path './build' -o -path './build-*' \) -prune -o ! -type d -print0)
    fi
}

# copy_tree TARGET: those files into that folder.
copy_tree()
{
    mkdir -p "$1"
    tree_files | tar -C "$TOP" --null --verbatim-files-from --files-from=- -cf - |
        tar -C "$1" --no-same-owner -xf -
}
