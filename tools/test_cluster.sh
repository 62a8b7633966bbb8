#!/usr/bin/env bash
# Run a small grid through profiles/slurm on a Slurm of one node, started here for it alone, and
# cancel a run while it trains: Snakemake must submit it again, and it must go on from its
# checkpoint and end with the record of a run that nobody disturbed.
#
# The node's two GPUs are fake and the runs compute on the CPU. So what is shown of GPUs is that
# each run asks Slurm for one, is given one, and leaves the choice to Slurm; not that it computes
# there.
#
# Needs root, and Slurm, which is installed where apt-get can. Without them: one line "skipped: ...".
# PYTHON is the interpreter that has Snakemake and its Slurm plugin.
set -euo pipefail

skip() { echo "skipped: $*"; exit 0; }
fail() { echo "error: $*; logs: $logs"; exit 1; }
have() { local name; for name in "$@"; do command -v "$name" > /dev/null || return 1; done; }
last_line() { grep -v '^ *$' "$1" | tail -n 1; }

[ "$(id -u)" = 0 ] || skip "only root can start a Slurm"
: "${PYTHON:=$(dirname "$0")/../.venv/bin/python}"
have "$PYTHON" || { echo "error: there is no $PYTHON"; exit 1; }
python=$(realpath --no-symlinks "$(command -v "$PYTHON")")
cd "$(dirname "$0")/.."
"$python" -c "import snakemake_executor_plugin_slurm" 2> /dev/null \
    || skip "Snakemake's Slurm plugin is not installed; it needs Python 3.11 or later"

work=$(mktemp -d "${TMPDIR:-/tmp}/aac-cluster-XXXXXX")
logs=$work/logs
mkdir "$logs" "$work/bin" "$work/state" "$work/spool"
daemons=() up=no

clean_up() { # stop what was started, remove what was written; after an error the logs stay
    local status=$? pid
    set +e
    trap '' EXIT INT TERM
    kill -KILL $(jobs -pr) # Snakemake, asked kindly, would wait for its jobs
    if [ $up = yes ]; then
        timeout 30 bash -c 'scancel --user=root; while squeue --noheader | grep -q .; do sleep 0.2; done'
    fi
    for pid in "${daemons[@]}"; do
        kill "$pid" && { timeout 10 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"; }
    done
    if [ "$status" = 1 ]; then
        find "$work" -mindepth 1 -maxdepth 1 ! -path "$logs" -exec rm -rf {} +
    else
        rm -rf "$work"
    fi
    exit "$status"
} 2> /dev/null
trap clean_up EXIT
trap 'fail "line $LINENO failed"' ERR
trap 'exit 130' INT TERM

# --- a Slurm of one node -------------------------------------------------------------------------

if ! have slurmctld slurmd sbatch munged; then
    have apt-get || skip "Slurm is not installed and there is no apt-get"
    echo "installing slurm-wlm and munge"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge; } \
        > "$logs/apt-get.log" 2>&1 || skip "apt-get failed: $(last_line "$logs/apt-get.log")"
fi

# Directory, key, socket and ports are its own: a Slurm that is configured here notices nothing.
unset "${!SLURM_@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SCANCEL_@}"
export SLURM_CONF=$work/slurm.conf
host=${HOSTNAME%%.*}
read -r controller_port node_port < <("$python" -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))')
# config_overrides: CPUs and memory as stated here. MinJobAge: ended jobs are known for an hour.
cat > "$SLURM_CONF" << CONFIG
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MinJobAge=3600
KillWait=5
GresTypes=gpu
NodeName=node NodeHostname=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=6000 Gres=gpu:2
PartitionName=all Nodes=node Default=YES State=UP
CONFIG
printf 'Name=gpu File=/dev/%s\n' null zero > "$work/gres.conf"
# Nothing here needs cgroups, which containers often lack; since 24.05 Slurm can do without.
case $(slurmctld -V) in *" 2"[4-9].*) echo CgroupPlugin=disabled > "$work/cgroup.conf" ;; esac
(umask 077 && head -c 1024 /dev/urandom > "$work/munge.key")
chmod 711 "$work" # munged wants its socket within everyone's reach
# In a job the plugin calls srun without SLURM_CONF, hence an srun that knows it.
printf '#!/bin/sh\nSLURM_CONF="%s" exec "%s" "$@"\n' "$SLURM_CONF" "$(command -v srun)" > "$work/bin/srun"
chmod +x "$work/bin/srun"
export PATH=$work/bin:$PATH

munged --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munged.pid" \
    --seed-file="$work/munged.seed" --log-file="$work/munged.log" > "$logs/munged.log" 2>&1 \
    || skip "munged does not start: $(last_line "$logs/munged.log")"
daemons+=("$(cat "$work/munged.pid")")
for daemon in slurmctld slurmd; do
    $daemon -D > "$logs/$daemon.log" 2>&1 &
    daemons+=($!)
    disown
done
end=$((SECONDS + 30))
until [ "$(timeout 5 sinfo --noheader --format=%T 2>&1)" = idle ]; do
    [ "$SECONDS" -lt "$end" ] \
        || skip "Slurm does not start: $(last_line "$logs/slurmctld.log"); $(last_line "$logs/slurmd.log")"
    sleep 0.2
done
up=yes
echo "$(slurmctld -V) runs, one node with 2 CPUs and 2 fake GPUs"

# --- a grid on it, and a run that is cancelled ---------------------------------------------------

export AACPY_RUNS=$work/runs AACPY_DATA=$work/data
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
settings=(identities=20 epochs=6 iterations=20 device=cpu)
mark="cancelled by tools/test_cluster.sh"

"$python" -m snakemake records --profile profiles/slurm --nolock --drop-metadata \
    --slurm-logdir "$logs/jobs" --slurm-init-seconds-before-status-checks 3 \
    --set-resources cell:gpu=1 --config grid=table1 seeds=7 "${settings[@]}" \
    > "$logs/snakemake.log" 2>&1 &
snakemake=$!
echo "Snakemake submits Table 1 of seed 7"

wait_for() { # wait_for WHAT COMMAND...: until it succeeds
    local what=$1 end=$((SECONDS + 900))
    shift
    until "$@" > /dev/null; do
        kill -0 "$snakemake" 2> /dev/null || fail "Snakemake ended before $what"
        [ "$SECONDS" -lt "$end" ] || fail "a quarter of an hour without $what"
        sleep 0.2
    done
}
is_cancelled() { squeue --noheader --states=all --jobs="$job" --format=%T | grep -x CANCELLED; }

wait_for "a checkpoint" compgen -G "$AACPY_RUNS/pedestrians/aac-*/checkpoint-*.json"
folder=$(compgen -G "$AACPY_RUNS/pedestrians/aac-*")
run=${folder##*/}
job=$(squeue --noheader --format="%i %k" | grep " rule_cell_wildcards_$run\$" | cut -d ' ' -f 1) \
    || fail "squeue shows no job of $run"
scontrol --details show job "$job" > "$logs/cancelled-job.log"
grep -q "GRES=gpu:1(IDX:" "$logs/cancelled-job.log" || fail "Slurm gave $run no GPU"
scancel "$job"
wait_for "the end of job $job" is_cancelled
[ ! -e "$folder/record.json" ] || fail "$run was done before it was cancelled"

# A note in the checkpoint, which a run from the beginning would not have. The lock is the run's
# own: it is free when the cancelled process is gone.
epochs=$(flock --timeout 60 "$folder/.lock" "$python" - "$folder" "$mark" << 'CODE'
import sys
from pathlib import Path
from aacpy.checkpoints import read_newest, sealed

checkpoint, _ = read_newest(Path(sys.argv[1]))
checkpoint.state["notes"].append(sys.argv[2])
checkpoint.path.write_bytes(sealed(checkpoint.state, checkpoint.tensors_path.read_bytes()))
print(len(checkpoint.state["rows"]))
CODE
) || fail "the checkpoint of $run cannot be marked"
echo "cancelled job $job, $run, after epoch $epochs of 6"

# Meanwhile the same run, undisturbed.
"$python" -m aacpy train --quiet --method aac --seed 7 "${settings[@]/#/--}" \
    --run-dir "$work/undisturbed" > "$logs/undisturbed.log" 2>&1 &
undisturbed=$!
wait "$snakemake" || fail "the grid did not finish"
wait "$undisturbed" || fail "the undisturbed run did not finish"

# --- what must have come of it -------------------------------------------------------------------

for method in baseline aac attributes supervised; do
    compgen -G "$AACPY_RUNS/pedestrians/$method-*/record.json" > /dev/null || fail "no record of $method"
done
squeue --noheader --states=all --format="%i %k" > "$logs/all-jobs.log"
[ "$(grep -c " rule_cell_wildcards_$run\$" "$logs/all-jobs.log")" = 2 ] || fail "$run was not submitted again"
[ "$(wc -l < "$logs/all-jobs.log")" = 6 ] || fail "not 6 jobs: a rendering and four runs, one of them twice"
while read -r job comment; do
    case $comment in rule_cell_*) expected=1 ;; *) expected=0 ;; esac
    asked=$(scontrol show job "$job" | grep -c "TresPerJob=.*gpu:1" || true)
    [ "$asked" = "$expected" ] || fail "job $job, $comment, asked for $asked GPUs, not $expected"
done < "$logs/all-jobs.log"
verdict=$("$python" - "$folder" "$work/undisturbed" "$mark" 2>&1 << 'CODE'
import sys
from aacpy.records import Record

resumed, undisturbed = (Record.read(f"{folder}/record.json") for folder in sys.argv[1:3])
if resumed.notes != [*undisturbed.notes, sys.argv[3]]:
    sys.exit(f"{resumed.name} did not go on from its checkpoint")
different = set(resumed.differences(undisturbed)) - {"notes", "revision"}
if different:
    sys.exit(f"{resumed.name} ended otherwise than undisturbed: {', '.join(sorted(different))}")
CODE
) || fail "$verdict"
echo "it was submitted again, went on from there, and ended as if undisturbed; all 4 records exist"
echo "test-cluster: passed in $SECONDS s"
