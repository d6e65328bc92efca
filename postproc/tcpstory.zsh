#compdef tcpstory
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh's completion for tcpstory. The words come from tcpstory itself, as bash's do.

_tcpstory()
{
    local command=$words[1] verb=report previous=$words[CURRENT-1]
    local -a verbs found
    verbs=(${(f)"$($command --words verbs 2>/dev/null)"})
    (( $verbs[(Ie)$words[2]] )) && verb=$words[2]
    if [[ $PREFIX == --*=* ]]; then
        previous=${PREFIX%%=*}
        compset -P '*='
    fi
    found=(${(f)"$($command --words values $previous $verb 2>/dev/null)"})
    if (( $#found )); then
        compset -P '*,'
        compadd -S '' -a found
    elif [[ $PREFIX == -* ]]; then
        found=(${(f)"$($command --words options-told $verb 2>/dev/null)"})
        found=("${found[@]/$'\t'/:}")
        _describe -o option found
    else
        if (( CURRENT == 2 )); then
            found=(${(f)"$($command --words verbs-told 2>/dev/null)"})
            found=("${found[@]/$'\t'/:}")
            _describe verb found
        fi
        _files
    fi
}

_tcpstory "$@"
