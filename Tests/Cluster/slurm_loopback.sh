#!/usr/bin/env bash
# slurm_loopback.sh - a throw-away Slurm cluster of N compute nodes on one machine, loopback only.
#
#   slurm_loopback.sh up   DIR [NODES=3] [CPUS_PER_NODE=1]   start munged, slurmctld, N x slurmd; prints "export SLURM_CONF=..."
#   slurm_loopback.sh down DIR                               stop exactly the processes this script started (by pid)
#   slurm_loopback.sh lose DIR NODE                          kill -9 a node: slurmd, slurmstepds and tasks (power loss)
#   slurm_loopback.sh node DIR NODE                          start that node again
#
# Needs Debian 12 packages: slurmctld slurmd slurm-client munge. No systemd, no cgroups, no database.
# Works as root and as an ordinary user (then SlurmUser=SlurmdUser=that user).
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

SLURMCTLD_PORT=${SLURMCTLD_PORT:-16817}
SLURMD_PORT0=${SLURMD_PORT0:-17001}

conf() { # DIR NODES CPUS
  local d=$1 n=$2 c=$3 me host
  me=$(id -un); host=$(hostname -s)
  cat > "$d/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$SLURMCTLD_PORT
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
# cred_expire also sets how long a requeued job waits before it may start again (Slurm's default: 120 s)
AuthInfo=socket=$d/munge.sock,cred_expire=${CRED_EXPIRE:-5}
CredType=cred/munge
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool-%n
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd-%n.pid
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
# no cgroups, no accounting database
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$d/jobcomp.log
# scheduling
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_min_interval=100000
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
# fault tolerance: a silent node is DOWN after SlurmdTimeout and its jobs go back to the queue
JobRequeue=1
ReturnToService=2
SlurmdTimeout=${SLURMD_TIMEOUT:-10}
SlurmctldTimeout=10
MessageTimeout=5
KillWait=2
MinJobAge=3600
MaxArraySize=10001
NodeName=n[1-$n] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$SLURMD_PORT0-$((SLURMD_PORT0+n-1))] CPUs=$c RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

wait_for() { # SECONDS COMMAND...
  local t=$1; shift
  for ((i = 0; i < t * 10; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "timed out after ${t}s waiting for: $*" >&2; return 1
}

start_node() { # DIR NAME
  SLURM_CONF=$1/slurm.conf slurmd -N "$2" -f "$1/slurm.conf"   # daemonises; pid in slurmd-NAME.pid
}

up() {
  local d n=${2:-3} c=${3:-1}
  mkdir -p "$1"; d=$(cd "$1" && pwd)
  chmod 755 "$d"; mkdir -p "$d/state"
  if [ ! -e "$d/munge.key" ]; then (umask 077; head -c 128 /dev/urandom > "$d/munge.key"); fi
  munged --key-file="$d/munge.key" --socket="$d/munge.sock" --pid-file="$d/munged.pid" \
         --log-file="$d/munged.log" --seed-file="$d/munge.seed"
  conf "$d" "$n" "$c"
  export SLURM_CONF=$d/slurm.conf
  slurmctld -c -f "$SLURM_CONF"
  for ((k = 1; k <= n; k++)); do mkdir -p "$d/spool-n$k"; start_node "$d" "n$k"; done
  wait_for 30 bash -c "[ \"\$(sinfo -h -N -t idle -o %N | wc -l)\" -eq $n ]"
  echo "export SLURM_CONF=$SLURM_CONF"
}

stop_pidfile() { # FILE
  local p
  [ -s "$1" ] || return 0
  p=$(cat "$1"); kill "$p" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$p" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$p" 2>/dev/null || true
}

steps_of() { # DIR NODE -> pids of the slurmstepd processes of that (emulated) node, found by the log file they hold open
  local p
  for p in $(pgrep -f '^slurmstepd: ' || true); do
    if readlink /proc/$p/fd/* 2>/dev/null | grep -qxF "$1/slurmd-$2.log"; then echo "$p"; fi
  done
}

tree() { # PID -> it and all its descendants
  local c
  echo "$1"; for c in $(pgrep -P "$1" || true); do tree "$c"; done
}

lose_node() { # DIR NODE: as if the power went: slurmd, its slurmstepds and the tasks die at once, nothing is reported
  local pids="" p
  p=$(cat "$1/slurmd-$2.pid")
  for s in $(steps_of "$1" "$2"); do pids="$pids $(tree "$s")"; done
  kill -9 $p $pids
  rm -f "$1/slurmd-$2.pid"
}

down() {
  local d; d=$(cd "$1" && pwd)
  export SLURM_CONF=$d/slurm.conf
  scancel --state=RUNNING,PENDING --user="$(id -un)" 2>/dev/null || true
  sleep 0.5
  for f in "$d"/slurmd-*.pid; do stop_pidfile "$f"; done
  for f in "$d"/spool-*; do for p in $(steps_of "$d" "${f##*/spool-}"); do kill -9 $(tree "$p") 2>/dev/null || true; done; done
  stop_pidfile "$d/slurmctld.pid"
  stop_pidfile "$d/munged.pid"
}

case "${1:-}" in
  up) shift; up "$@" ;;
  down) shift; down "$@" ;;
  lose) shift; lose_node "$(cd "$1" && pwd)" "$2" ;;
  node) shift; start_node "$(cd "$1" && pwd)" "$2" ;;
  *) sed -n 2,10p "$0"; exit 2 ;;
esac
