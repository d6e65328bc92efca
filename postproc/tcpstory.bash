# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completion for tcpstory: verbs, options, columns, formats, states, outcomes, anomalies,
# thresholds, files.
# The words come from tcpstory itself.

_tcpstory_words()
{
    "${COMP_WORDS[0]}" --words "$@" 2>/dev/null
}

# The words of a kind that begin as the current one; after a comma only what follows it counts.
_tcpstory_offer()
{
    local before=''
    [[ $cur == *,* ]] && before=${cur%,*},
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_tcpstory_words "$@")" -- "${cur##*,}")
}

_tcpstory()
{
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local verb=report glued=''
    COMPREPLY=()
    # "--state=CLO" is three words for bash, and one where COMP_WORDBREAKS has no "=".
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == --*=* ]]; then
        previous=${cur%%=*} cur=${cur#*=} glued=1
    fi
    [[ $'\n'$(_tcpstory_words verbs)$'\n' == *$'\n'"${COMP_WORDS[1]}"$'\n'* ]] &&
        verb=${COMP_WORDS[1]}
    if [[ -n $(_tcpstory_words values "$previous" "$verb") ]]; then
        _tcpstory_offer values "$previous" "$verb"
    elif [[ $cur == -* ]]; then
        _tcpstory_offer options "$verb"
    elif [[ $COMP_CWORD == 1 ]]; then
        _tcpstory_offer verbs
    fi
    [[ -n $glued ]] && COMPREPLY=("${COMPREPLY[@]/#/$previous=}")
    return 0
}

complete -o default -F _tcpstory tcpstory
