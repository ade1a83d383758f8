#!/usr/bin/env bash
# The launchers against a real Slurm of two nodes that lives in this script, on this machine: a sweep
# in which a worker is cancelled and the coordinator requeued onto "another machine" has the table of
# `critsweep run`, to the byte.
#
#     cluster/slurm/test.sh          (as root; needs slurmctld, slurmd, munge: .ci/packages-slurm)
#
# All of it runs in a process namespace: when the script ends, however it ends, nothing of it is left.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
PATH=$PATH:/usr/sbin:/sbin

die() {
    echo "cluster/slurm/test.sh: $*" >&2
    exit 1
}

if [[ ${1:-} != inside ]]; then
    ((EUID == 0)) || die "has to run as root, for daemons of its own"
    for need in slurmctld slurmd sbatch scontrol munged unshare; do
        command -v "$need" >/dev/null || die "finds no $need; install the like of .ci/packages-slurm"
    done
    # Not below TMPDIR: sockets want a short path, and munge one that it may enter.
    root=$(mktemp -d /tmp/critsweep-slurm.XXXXXX)
    # When this script is killed, so is unshare, and with it all that is inside.
    setpriv --pdeathsig KILL unshare --pid --mount-proc --kill-child --fork \
        "${BASH_SOURCE[0]}" inside "$root" </dev/null &
    inside=$!
    clean_up() {
        set +e
        kill -KILL "$inside" 2>/dev/null
        wait "$inside" 2>/dev/null
        # What is inside ends a moment after.
        for ((i = 0; i < 50; i++)); do rm -rf "$root" 2>/dev/null && break || sleep 0.1; done
    }
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    wait "$inside" || exit 1
    exit 0
fi

# ----- inside the namespace

root=$2
cd "$root"
chmod 755 "$root"
begin=$SECONDS
say() { printf '%3d s  %s\n' $((SECONDS - begin)) "$*"; }

show_logs() {
    local code=$? file
    ((code == 0)) && return
    for file in "$root"/shared/logs/* "$root"/*.log; do
        [[ ! -s $file ]] || { echo "--- ${file#"$root"/}"; tail -n 15 "$file"; } >&2
    done
    squeue >&2 2>/dev/null || true
}
trap show_logs EXIT

# until SECONDS WHAT COMMAND...: waits until the command is true.
until_true() {
    local limit=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < limit)) || die "waited in vain for $what"
        sleep 0.1
    done
}

# expect WHAT FOUND EXPECTED
expect() { [[ $2 == "$3" ]] || die "$1: $2 instead of $3"; }

# A port below those that the system gives away, and that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        grep -qi ":$(printf %04X "$port") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null \
            || break
    done
    echo "$port"
}

# ----- Slurm

host=$(hostname)
mkdir -p munge state node-1 node-2 shared
dd if=/dev/urandom of=munge/key bs=128 count=1 status=none
chown -R munge: munge
chmod 700 munge
chmod 400 munge/key
mkdir socket && chown munge: socket
# By setpriv rather than su: no session of PAM's is wanted here.
setpriv --reuid munge --regid munge --clear-groups munged --foreground \
    --key-file="$root/munge/key" --socket="$root/socket/munge" --pid-file="$root/munge/pid" \
    --log-file="$root/munge/log" --seed-file="$root/munge/seed" 2>munge.log &
until_true 10 munged test -S socket/munge

cat >slurm.conf <<END
ClusterName=critsweep-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$root/socket/munge
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=30
StateSaveLocation=$root/state
SlurmctldPidFile=$root/slurmctld.pid
SlurmctldLogFile=$root/slurmctld.log
SlurmdPidFile=$root/slurmd-%n.pid
SlurmdLogFile=$root/slurmd-%n.log
SlurmdSpoolDir=$root/%n
NodeName=node-1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=3 RealMemory=1000
NodeName=node-2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=3 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$root/slurm.conf
slurmctld -D -c >/dev/null 2>&1 &
slurmd -D -N node-1 >/dev/null 2>&1 &
slurmd -D -N node-2 >/dev/null 2>&1 &
two_idle() { (($(sinfo --noheader --Node --states=idle | wc -l) == 2)); }
until_true 30 "two idle nodes" two_idle
say "Slurm $(sinfo --version | cut -d' ' -f2) is up"

# job NUMBER FIELD: what Slurm knows of a job or of an element of an array.
job() { scontrol --oneliner show job "$1" | head -n 1 | grep -o " $2=[^ ]*" | cut -d= -f2; }
has() { [[ " $3 " == *" $(job "$1" "$2") "* ]]; }

# ----- The sweep

source "$here/../lib.sh"
program=$(find_program)
cat >tiny.yaml <<'END'
sweep: tiny
experiment: posterior
data: {task: xor, points: 10, dimension: 40}
network: {activation: erf, bias_variance: 0.05}
inference: {effective_samples: 200}
grid:
  gain: [0.8, 1.2, 1.6]
  width: [200]
  depth: [3]
seeds: 60
END
trials=180
# A worker logs what it begins, when asked to.
cat >critsweep <<END
#!/bin/sh
case \$1 in worker) exec "$program" "\$@" --verbose ;; *) exec "$program" "\$@" ;; esac
END
chmod +x critsweep
"$program" run tiny.yaml --workers 2 --out local --format csv --quiet >expected.csv
say "critsweep run: $(wc -l <expected.csv) lines of table"

field() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}$/\1/p"; }
ledger() { ls "$root"/disk/critsweep-*/*/ledger.sqlite 2>/dev/null; }
recorded() { "$program" status "$(ledger)" --format json 2>/dev/null | field recorded; }
at_least() { (($(recorded) >= $1)); }

CRITSWEEP=$root/critsweep "$here/submit.sh" tiny.yaml --dir shared --workers 3 --cpus-per-worker 1 --time 10:00 --chain 2 \
    --local-dir "$root/disk" >submitted.txt
mapfile -t numbers < <(sed -n 's/^coordinator: job \([0-9]*\); workers: job \([0-9]*\).*/\1 \2/p' \
    submitted.txt)
read -r coordinator workers <<<"${numbers[0]}"
read -r coordinator_2 workers_2 <<<"${numbers[1]}"
until_true 30 "first results" at_least 15
expect "the mode of the access file" "$(stat -c %a shared/access.json)" 600
expect "the mode of the workers' key" "$(stat -c %a shared/keys/worker.key)" 600

# A worker is asked to leave: it gives back what it has not begun, delivers the rest, and is gone.
scancel "${workers}_2"
until_true 25 "the end of the cancelled worker" has "${workers}_2" JobState "CANCELLED COMPLETED"
log=shared/logs/slurm-worker-${workers}_2.log
grep -q 'ended why="left(signal: 15)" kept=0' "$log" || die "the cancelled worker did not drain"
say "a worker was cancelled and left, with $(recorded) trials recorded"

# The coordinator is requeued: it drains and stops. Its node's disk is lost, a stranger takes its
# port, and it starts again.
at_least 30 || until_true 30 "more results" at_least 30
before=$(recorded)
port=$(grep -o 'tcp://[^"]*' shared/access.json | head -n 1)
port=${port##*:}
scontrol requeue "$coordinator"
until_true 40 "the coordinator's requeue" has "$coordinator" JobState PENDING
until_true 40 "the coordinator's end" grep -q 'the same command goes on' \
    "shared/logs/slurm-coordinator-$coordinator.log"
rm -rf "$root/disk"
sed 's/^sweep: tiny/sweep: stranger/' tiny.yaml >stranger.yaml
"$program" coordinator stranger.yaml --ledger stranger/ledger.sqlite --bind "tcp://*:$port" --quiet \
    >/dev/null 2>stranger.log &
stranger=$!
until_true 20 "a refusal by the stranger" grep -Eq "key-refused|handshake-failed" "shared/logs/slurm-worker-${workers}_1.log"
scontrol update jobid="$coordinator" StartTime=now
started() { [[ $(job "$coordinator" Restarts) == 1 ]] && has "$coordinator" JobState "RUNNING COMPLETED"; }
until_true 30 "the coordinator's second start" started
say "the coordinator was requeued, with $before trials recorded before"

until_true 150 "the end of the sweep" has "$coordinator" JobState "COMPLETED FAILED"
expect "the coordinator's exit code" "$(job "$coordinator" ExitCode)" 0:0
kill "$stranger" && wait "$stranger" || true
for k in 1 3; do
    until_true 20 "the end of worker $k" has "${workers}_$k" JobState "COMPLETED FAILED"
    expect "the exit code of worker $k" "$(job "${workers}_$k" ExitCode)" 0:0
done
say "the sweep is done"
# The second link of the chain finds nothing left to do.
until_true 30 "the second coordinator" has "$coordinator_2" JobState "COMPLETED FAILED"
expect "the second coordinator's exit code" "$(job "$coordinator_2" ExitCode)" 0:0
for k in 1 2 3; do
    until_true 30 "worker $k of the chain" has "${workers_2}_$k" JobState "COMPLETED FAILED"
    expect "exit code of worker $k of the chain" "$(job "${workers_2}_$k" ExitCode)" 0:0
done
say "the chain's second link ended at once"

# ----- What came of it

"$program" table shared --format csv >found.csv
cmp expected.csv found.csv || die "the table is not that of critsweep run"
"$program" verify shared --format json >verify.json || die "the ledger is not sound"
expect "trials recorded" "$(field recorded <verify.json)" "$trials"
expect "duplicates" "$(field duplicates <verify.json)" 0
# Whoever was asked to stop ended what it had begun: no trial was begun twice.
expect "trials begun" "$(cat shared/logs/slurm-worker-* | grep -c ' trial-started ')" "$trials"
resumed=$(sed -n 's/.*start 2: \([0-9]*\) of .*/\1/p' shared/logs/coordinator.log)
((resumed < trials)) || die "the sweep ended before it was disturbed"
((resumed >= before)) || die "the second start knew $resumed trials, of $before or more"
grep -q 'begins as a copy' shared/logs/coordinator.log || die "the copy was not used"
grep -q "$port" shared/access.json && die "the port did not change"
say "the table is that of critsweep run, to the byte; $resumed of $trials trials were there before the" \
    "requeue, and none ran twice"

# The tutorial, whose last commands want a cluster.
documentation=$here/../../.ci/documentation
if [[ -x $documentation ]]; then
    scancel --user root
    "$documentation" docs/tutorial.md >tutorial.log 2>&1 \
        || { tail -n 40 tutorial.log >&2; die "a command of the tutorial failed"; }
    say "every command of the tutorial works"
fi
