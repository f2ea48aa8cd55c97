#!/usr/bin/env bash
# A job file on a real Slurm: three nodes on the loopback address, forty renders of the embedded model, one node lost on the
# way. Every picture must be there and equal, byte for byte, to that of a run on one machine; a second run renders nothing.
#
#   slurm_end_to_end.sh DIFFUSE
#
# Takes about two minutes, most of it Slurm's own patience. Where Slurm is not installed it says so and succeeds.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

for tool in slurmctld slurmd sbatch munged; do
  command -v "$tool" >/dev/null && continue
  echo "SKIPPED: $tool is not installed (apt-get install slurmctld slurmd slurm-client munge)"
  exit 0
done

DIFFUSE=$(realpath "$1")
export DIFFUSE
cluster=$(dirname "$(realpath "$0")")/slurm_loopback.sh
folder=$(mktemp -d)
# munge wants its socket to be reached by everybody.
chmod 755 "$folder"
cd "$folder"
unset SLURM_CONF DIFFUSE_MODEL

say() { echo "$(date +%T) $*"; }
take_down() {
  "$cluster" down "$folder/slurm" 2>/dev/null || true
  cd / && rm -rf "$folder"
}
fail() { echo "FAILED: $*" >&2; tail -n 5 "$folder"/slurm-*.log "$folder"/out/results.*.jsonl >&2 2>/dev/null || true; exit 1; }
wait_for() { # SECONDS WHAT COMMAND...
  local seconds=$1 what=$2
  shift 2
  for ((i = 0; i < seconds * 5; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
  fail "$what: not within $seconds s"
}
pictures() { find "$1" -name '*.png' ! -name '.*' | wc -l; }
lines() { cat out/results.*.jsonl | grep -c "\"status\":\"$1\"" || true; }
at_least() { [ "$(pictures out)" -ge "$1" ]; }
drained() { [ -z "$(squeue -h -j "$1")" ]; }
runs_on() { squeue -h -r -w "$1" -t RUNNING | grep -q .; }
is_down() { sinfo -h -n "$1" -o %T | grep -q down; }

cat > jobs.json <<'JOBS'
{"name": "forty", "output": {"dir": "out", "name": "{index:02}-{seed}.png"},
 "defaults": {"width": 64, "height": 64, "steps": 100},
 "jobs": [{"prompt": "red apple", "n_iter": 20}, {"prompt": "$what", "matrix": {"vars.what": ["rocket", "owl"], "cfg_scale": {"from": 2, "to": 6.5, "step": 0.5}}}]}
JOBS

"$DIFFUSE" batch jobs.json -o single --quiet >/dev/null
[ "$(pictures single)" -eq 40 ] || fail "$(pictures single) of 40 pictures on one machine"
say "40 pictures on one machine"

trap take_down EXIT
mkdir slurm
"$cluster" up "$folder/slurm" 3 1 > environment
. ./environment
say "three nodes are idle"

"$DIFFUSE" batch jobs.json --emit slurm --shards 10 > job.sh
job=$(sbatch --parsable job.sh)
wait_for 60 "first pictures" at_least 3
wait_for 60 "a task on n2" runs_on n2
"$cluster" lose "$folder/slurm" n2
say "n2 is lost, $(pictures out) pictures are there"
wait_for 120 "n2 seen down" is_down n2
wait_for 300 "the array drained" drained "$job"
say "the array is through: $(lines done) rendered, $(lines skipped) skipped"
[ "$(pictures out)" -eq 40 ] || fail "$(pictures out) of 40 pictures"
for picture in single/*.png; do cmp "$picture" "out/$(basename "$picture")" || fail "$picture differs"; done
"$DIFFUSE" batch jobs.json --status | grep -q '^forty: 40 of 40 there, 0 failed, 0 to do' || fail "the status: $("$DIFFUSE" batch jobs.json --status)"
# What the lost node had finished is not made again, but for one picture whose line may have died with it.
rendered=$(lines done)
[ "$rendered" -le 40 ] && [ "$rendered" -ge 38 ] || fail "$rendered renders for 40 pictures"

"$cluster" node "$folder/slurm" n2
job=$(sbatch --parsable job.sh)
wait_for 300 "the second array drained" drained "$job"
[ "$(lines done)" -eq "$rendered" ] || fail "the second run rendered $(($(lines done) - rendered)) pictures"
say "the second run rendered nothing"
echo "PASSED"
