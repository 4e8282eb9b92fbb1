# SPDX-License-Identifier: Apache-2.0
# Completion of braze-admin for bash. Everything is read from what the command says of itself, so a
# new command or option needs no line here.

# The first words of every usage line of the help: "user add", "check".
_braze_admin_commands() {
    "$1" help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)\( [a-z][a-z-]*\)\{0,1\}.*/\1\2/p'
}

# The options that help names, as "--name" or "--name ARG".
_braze_admin_options() {
    "$@" 2>/dev/null | sed -n 's/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z-]*\)\( [^ ]*\)\{0,1\}.*/\2\3/p'
}

_braze_admin_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_braze_admin() {
    local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local said i options arg words=()

    COMPREPLY=()
    # What stands before the cursor and is neither an option nor one's argument.
    options=$(_braze_admin_options "$program" help)
    for ((i = 1; i < COMP_CWORD; i++)); do
        said=${COMP_WORDS[i]}
        if [[ $said == -* ]]; then
            if [[ $said == -f ]] || grep -q "^$said " <<<"$options"; then ((i++)); fi
        else
            words+=("$said")
        fi
    done
    [[ ${words[0]-} != help ]] || words=("${words[@]:1}")
    if [ "${#words[@]}" -gt 0 ]; then
        options=$(_braze_admin_options "$program" help "${words[@]:0:2}")
    fi

    arg=
    [[ $before != -f ]] || arg=FILE
    [[ $before != --* ]] || arg=$(sed -n "s/^$before //p" <<<"$options" | head -n 1)
    case $arg in
    FILE) _braze_admin_files "$word"; return ;;
    *'|'*) mapfile -t COMPREPLY < <(compgen -W "${arg//|/ }" -- "$word"); return ;;
    ?*) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$options")" -- "$word")
    elif [ "${#words[@]}" -eq 0 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_braze_admin_commands "$program" | cut -d' ' -f1 | sort -u)" -- "$word")
    elif [ "${#words[@]}" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_braze_admin_commands "$program" | sed -n "s/^${words[0]} //p")" -- "$word")
    elif [[ ${words[1]} == import ]]; then
        _braze_admin_files "$word"
    fi
}

complete -o bashdefault -F _braze_admin braze-admin
