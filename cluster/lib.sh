# shellcheck shell=bash
# What the launchers share; sourced by them, no command of its own.

# fail CODE SENTENCE: ends the launcher.
fail() {
    local code=$1
    shift
    echo "${0##*/}: $*" >&2
    exit "$code"
}

# usage_error SENTENCE: a command line that cannot be.
usage_error() { fail 2 "$*; see ${0##*/} --help"; }

# value NAME "$@": the value of an option, "$@" being the option and what follows it.
value() {
    (($# >= 2)) && [[ -n $2 ]] || usage_error "$1 needs a value"
    printf '%s' "$2"
}

# whole NAME VALUE LOWEST HIGHEST: checks a number.
whole() {
    [[ $2 =~ ^[0-9]{1,9}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) \
        || usage_error "$1 has to be a number from $3 to $4, but is '$2'"
}

# show_help FILE: the comment at the head of a launcher, without its first line.
show_help() { sed -n -e '2,/^[^#]/{s/^# \{0,1\}//;t p;q;:p' -e 'p}' "$1"; }

# find_program: the critsweep to use. CRITSWEEP names one; else the one that these launchers were
# installed with, the one that was built beside them, or the first on PATH.
find_program() {
    local here found beside
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
    # Installed, these lie in PREFIX/share/critsweep/cluster; in a checkout, beside its build.
    case $here in
    */share/critsweep/cluster) beside=$here/../../../bin/critsweep ;;
    *) beside=$here/../.build/release/critsweep ;;
    esac
    for found in "${CRITSWEEP:-}" "$beside" "$(command -v critsweep)"; do
        if [[ -n $found && -f $found && -x $found ]]; then
            realpath -- "$found"
            return
        fi
        [[ -z ${CRITSWEEP:-} ]] || break
    done
    [[ -z ${CRITSWEEP:-} ]] \
        || fail 69 "CRITSWEEP is '$CRITSWEEP', which is no program that can be run"
    fail 69 "finds no critsweep: build it with 'make build', put it on PATH, or name it in CRITSWEEP"
}

# make_folder PATH: makes it, and prints its absolute path.
make_folder() {
    mkdir -p -- "$1" 2>/dev/null && [[ -w $1 ]] || fail 73 "cannot make or write the folder $1"
    realpath -- "$1"
}
