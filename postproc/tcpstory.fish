# SPDX-License-Identifier: GPL-2.0-or-later
# fish's completion for tcpstory. The words come from tcpstory itself, as bash's do.

function __tcpstory_words
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l verb report
    set -l previous $before[-1]
    set -l glued ''
    contains -- "$before[2]" ($before[1] --words verbs 2>/dev/null); and set verb $before[2]
    if string match -q -- '--*=*' "$current"
        set previous (string replace -r '=.*' '' -- $current)
        set glued "$previous="
        set current (string replace -r '^[^=]*=' '' -- $current)
    end
    if string match -q -- '*,*' "$current"
        set glued $glued(string replace -r '[^,]*$' '' -- $current)
    end
    set -l values ($before[1] --words values $previous $verb 2>/dev/null)
    if test (count $values) -gt 0
        printf "$glued%s\n" $values
    else if string match -q -- '-*' "$current"
        $before[1] --words options-told $verb 2>/dev/null
    else if test (count $before) -eq 1
        $before[1] --words verbs-told 2>/dev/null
    end
end

complete -c tcpstory -a '(__tcpstory_words)'
