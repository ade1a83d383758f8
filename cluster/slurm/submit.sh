#!/usr/bin/env bash
# A sweep on Slurm: a job for the coordinator, an array of jobs for the workers.
#
#     cluster/slurm/submit.sh SPEC --dir DIR [options] [-- SBATCH OPTIONS]
#
#     --dir DIR            a folder that all nodes see: access file, keys, spools,
#                          logs, and a copy of the ledger
#     --workers N          worker jobs (default 4)
#     --cpus-per-worker N  CPUs of each, and trials it runs at once (default 4)
#     --time LIMIT         time limit of every job (default 4:00:00)
#     --chain N            so many coordinators, one after the other, each with
#                          workers of its own, for a sweep that takes longer than
#                          LIMIT (default 1); what is left over when the sweep is
#                          done ends at once
#     --local-dir PATH     a disk of the coordinator's node, for the ledger
#                          (default: TMPDIR there, or /tmp)
#     --interface NAME     the network interface to listen on, as ib0 (default:
#                          all, and the node's name is told to the workers)
#     --ports A-B          ports to listen on, of which a free one is taken
#                          (default 21500-21999)
#     --dry-run            show the sbatch commands and submit nothing
#
# Options after -- go to sbatch for all jobs.
#
# Example:
#     cluster/slurm/submit.sh xor.yaml --dir /scratch/ann/xor --workers 16 \
#         --cpus-per-worker 8 --time 8:00:00 -- --partition=short --account=ann
#
# SPEC, DIR and critsweep itself (CRITSWEEP names another) must be seen by all
# nodes. The same command goes on with what was interrupted. See README.md beside
# this file.
#
# Exit code: 2 for a wrong command line or spec, 69 without Slurm or when it takes
# no job, 73 when DIR cannot be written.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$here/../lib.sh"

spec='' dir='' workers=4 cpus=4 limit=4:00:00 chain=1 local_dir='' interface='*' ports=21500-21999
dry_run=no extra=()
while (($# > 0)); do
    case $1 in
    -h | --help) show_help "$0" && exit 0 ;;
    --dir) dir=$(value "$@") || exit; shift 2 ;;
    --workers) workers=$(value "$@") || exit; shift 2 ;;
    --cpus-per-worker) cpus=$(value "$@") || exit; shift 2 ;;
    --time) limit=$(value "$@") || exit; shift 2 ;;
    --chain) chain=$(value "$@") || exit; shift 2 ;;
    --local-dir) local_dir=$(value "$@") || exit; shift 2 ;;
    --interface) interface=$(value "$@") || exit; shift 2 ;;
    --ports) ports=$(value "$@") || exit; shift 2 ;;
    --dry-run) dry_run=yes; shift ;;
    --) shift; extra=("$@"); break ;;
    -*) usage_error "does not know the option $1 (options for sbatch come after --)" ;;
    *)
        [[ -z $spec ]] || usage_error "takes one SPEC, but is given '$spec' and '$1'"
        spec=$1
        shift
        ;;
    esac
done
[[ -n $spec ]] || usage_error "needs a SPEC"
[[ -n $dir ]] || usage_error "needs --dir, a folder that all nodes see"
whole --workers "$workers" 1 10000
whole --cpus-per-worker "$cpus" 1 1024
whole --chain "$chain" 1 100
[[ $ports =~ ^[0-9]{1,5}(-[0-9]{1,5})?$ ]] \
    || usage_error "--ports has to be like 21500-21999, but is '$ports'"
[[ $interface == '*' || $interface =~ ^[A-Za-z0-9._-]+$ ]] \
    || usage_error "--interface has to be the name of one, as ib0, but is '$interface'"
[[ -z $local_dir || $local_dir == /* ]] \
    || usage_error "--local-dir has to begin with /, but is '$local_dir'"
program=$(find_program) || exit
"$program" validate "$spec" >/dev/null || exit
spec=$(realpath -- "$spec") || exit 2
command -v sbatch >/dev/null || fail 69 "finds no sbatch; this is for a machine that submits to Slurm"
# Slurm puts its own meaning on these in the names of logs.
[[ $(realpath -m -- "$dir") != *[%\\]* ]] || usage_error "--dir must not hold % or \\, but is '$dir'"
dir=$(make_folder "$dir") || exit
mkdir -p -m 700 "$dir/spool" && mkdir -p "$dir/logs" || fail 73 "cannot write to $dir"

# submit WHAT SCRIPT ARGUMENTS...: the number of the job.
submit() {
    local what=$1 answer
    shift
    if [[ $dry_run == yes ]]; then
        printf 'sbatch --parsable' >&2
        printf ' %q' "$@" >&2
        echo >&2
        echo "${what^^}"
        return
    fi
    answer=$(sbatch --parsable "$@" 2>&1) \
        || { echo "${0##*/}: Slurm does not take the $what job: ${answer//$'\n'/; }" >&2; return 1; }
    # Warnings come before it, and a cluster's name after it.
    answer=${answer##*$'\n'}
    echo "${answer%%;*}"
}

jobs=()
give_up() {
    ((${#jobs[@]} == 0)) || [[ $dry_run == yes ]] || scancel "${jobs[@]}"
    exit 69
}

name=$("$program" validate "$spec" --format json | sed -n 's/^ *"sweep": "\(.*\)",\{0,1\}$/\1/p')
previous=''
for ((link = 1; link <= chain; link++)); do
    coordinator=$(submit coordinator --job-name="critsweep-${name:-sweep}" --time="$limit" \
        ${previous:+--dependency=afterany:$previous} \
        --output="$dir/logs/slurm-coordinator-%j.log" "${extra[@]}" \
        "$here/coordinator.sbatch" "$program" "$spec" "$dir" "${local_dir:--}" \
        "tcp://$interface:$ports") || give_up
    jobs+=("$coordinator")
    # Not before the coordinator has begun: nothing idles in the meantime.
    array=$(submit workers --job-name="critsweep-${name:-sweep}-workers" --time="$limit" \
        --array="1-$workers" --cpus-per-task="$cpus" --dependency="after:$coordinator" \
        --output="$dir/logs/slurm-worker-%A_%a.log" "${extra[@]}" \
        "$here/workers.sbatch" "$program" "$spec" "$dir") || give_up
    jobs+=("$array")
    previous=$coordinator
    echo "coordinator: job $coordinator; workers: job $array ($workers of $cpus CPUs)"
done
[[ $dry_run == no ]] || exit 0
cat <<END

progress, at most a minute old:  $program status $dir
table:                           $program table $dir
stop, to go on later:            scancel ${jobs[*]}
logs:                            $dir/logs
END
