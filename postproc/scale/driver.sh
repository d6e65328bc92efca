# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What drivers of a RUN share: tcpstory-slurm, tcpstory-parallel. Sourced by them.

# Exit statuses of a task for an engine, as of sysexits.h: try again, do not.
TRY_AGAIN=75
GIVE_UP=65

fail()
{
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-2}"
}

# Sets TCPSTORY, unless it is set: the command beside, in the build tree, or of PATH.
find_tcpstory()
{
    local here
    here=$(cd "$(dirname "$0")" && pwd -P)
    if [ -z "${TCPSTORY-}" ]; then
        TCPSTORY=$here/tcpstory
        [ -x "$TCPSTORY" ] || TCPSTORY=$(command -v tcpstory) ||
            fail 'tcpstory is not found: set TCPSTORY to its path' 4
    fi
    export TCPSTORY
}

# make_plan RUN [PLAN-OPTION...] [FILE...]: without files, the plan that is there goes on. Sets RUN,
# FILES and SHARDS; PARTIAL when not all files are in it.
make_plan()
{
    local status=0
    RUN=$1
    shift
    if [ $# -gt 0 ]; then
        "$TCPSTORY" plan -q -o "$RUN" "$@" || status=$?
    fi
    PARTIAL=false
    [ "$status" -ne 3 ] || PARTIAL=true
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"
    [ -f "$RUN/plan.json" ] || fail "$RUN has no plan: name its files" 2
    RUN=$(cd "$RUN" && pwd -P)
    FILES=$(grep -c '^   "path": ' "$RUN/plan.json")
    SHARDS=$(sed -n 's/^ "shards": \([0-9]*\),$/\1/p' "$RUN/plan.json")
    mkdir -p "$RUN/log"
}

# run_task STAGE RUN [N]: runs a stage, and returns what an engine is to know of it. A capture that
# is damaged is no reason to stop: merge tells of it, and of one that is missing.
run_task()
{
    local status=0
    "$TCPSTORY" "$@" || status=$?
    case $1:$status in
    *:0 | map:3 | merge:3) return 0 ;;
    *:5 | *:12[89] | *:1[3-9]?) return "$TRY_AGAIN" ;; # no room; killed by a signal
    *) return "$GIVE_UP" ;;
    esac
}

# What killed tasks have left. No task runs any more.
sweep()
{
    rm -f "$1"/map/*.tmp "$1"/reduce/*.tmp "$1"/*.tmp
}

# Whether all that was planned is there: 0, or 3.
final_status()
{
    grep -q '^ "trouble": \[\],$' "$1/totals.json" || return 3
}
