#!/usr/bin/env bash
# A sweep on this machine: a coordinator and some workers, a process each.
#
#     cluster/local.sh SPEC [--workers N] [--slots N] [--dir DIR]
#                      [-- COORDINATOR OPTIONS]
#
#     --workers N   worker processes (default 1)
#     --slots N     trials that a worker runs at once (default: CPUs / workers)
#     --dir DIR     where ledger, access file, keys, spools and logs go (default:
#                   SPEC's name with .sweep in place of .yaml)
#
# Example: cluster/local.sh configs/smoke.yaml --workers 2
#
# The table goes to stdout, the progress to stderr, the workers' logs to DIR/logs.
# Ctrl-C (or SIGTERM) lets the trials that run end, 20 s at most; a second one
# does not. The same command resumes. More workers may join from any shell:
# critsweep worker --access DIR/access.json
#
# The exit code is the coordinator's; 2 for a wrong command line, 69 without a
# critsweep or when every worker has ended before the sweep.
set -uo pipefail
# Each process in a group of its own: Ctrl-C reaches this script alone, which passes it on.
set -m
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

spec='' dir='' workers=1 slots='' extra=()
while (($# > 0)); do
    case $1 in
    -h | --help) show_help "$0" && exit 0 ;;
    --workers) workers=$(value "$@") || exit; shift 2 ;;
    --slots) slots=$(value "$@") || exit; shift 2 ;;
    --dir) dir=$(value "$@") || exit; shift 2 ;;
    --) shift; extra=("$@"); break ;;
    -*) usage_error "does not know the option $1" ;;
    *)
        [[ -z $spec ]] || usage_error "takes one SPEC, but is given '$spec' and '$1'"
        spec=$1
        shift
        ;;
    esac
done
[[ -n $spec ]] || usage_error "needs a SPEC"
whole --workers "$workers" 1 256
cpus=$(nproc)
: "${slots:=$((cpus > workers ? cpus / workers : 1))}"
whole --slots "$slots" 1 1024
program=$(find_program) || exit
# A spec that is wrong is told before anything is made.
"$program" validate "$spec" >/dev/null || exit
name=${spec##*/}
dir=$(make_folder "${dir:-${name%.y*ml}.sweep}") || exit
mkdir -p "$dir/logs" || exit 73

access=$dir/access.json
# The file is replaced at each start, so another inode or time means: it is this start's.
stamp() { stat -c '%i %z' "$access" 2>/dev/null; }
before=$(stamp)

"$program" coordinator "$spec" --ledger "$dir/ledger.sqlite" --bind 'tcp://127.0.0.1:*' \
    "${extra[@]}" &
coordinator=$!
crew=()
trap 'kill -TERM "$coordinator" 2>/dev/null' INT TERM HUP

is_running() { kill -0 "$1" 2>/dev/null; }
# A pause that a signal ends, and that is no process of its own.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never" _; }

while is_running "$coordinator" && [[ $(stamp) == "$before" ]]; do pause 0.05; done
if is_running "$coordinator"; then
    for ((k = 1; k <= workers; k++)); do
        "$program" worker --access "$access" --slots "$slots" --spool "$dir/spool/local-$k" \
            --name "local $k" >>"$dir/logs/local-$k.log" 2>&1 &
        crew+=($!)
    done
fi

# left: the workers that still run.
left() {
    local pid count=0
    for pid in "${crew[@]}"; do is_running "$pid" && count=$((count + 1)); done
    echo "$count"
}

# Without any worker the coordinator would wait for ever. They are dismissed a moment before it ends,
# so it is given that moment.
moments=0
while is_running "$coordinator"; do
    pause 0.2
    if (($(left) > 0)); then
        moments=0
    elif ((++moments == 25)); then
        echo "${0##*/}: all workers ended before the sweep; see $dir/logs/local-1.log" >&2
        kill -TERM "$coordinator" 2>/dev/null
    fi
done
wait "$coordinator"
code=$?
((moments < 25)) || code=69

# Those that were not dismissed wait for the next start, which is not wanted here.
if ((code < 2)); then
    for ((i = 0; i < 15; i++)); do (($(left) == 0)) || pause 0.2; done
fi
for pid in "${crew[@]}"; do kill -TERM "$pid" 2>/dev/null; done
while (($(left) > 0)); do pause 0.1; done
exit "$code"
