#!/usr/bin/env bash
# A sweep of the demo's model in a control group whose memory ends while a trial trains, for docs/sweep.md: the kernel kills the trial, the
# sweep tries it once more alone, and its adapter must have the bytes of a run of that trial alone.
#
#   docs/bench/sweep_memory.sh [--align COMMAND] [--at-once 1] [--work FOLDER]
#
# Linux, as root, with version 1 of the memory controller at /sys/fs/cgroup/memory. The limit goes to just above what the group holds; another
# process of the group then touches more. The trial is marked as the first to be killed. Exit code 0 where all holds.
set -uo pipefail
home=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
align=$home/align at=1 work=''
while [ $# -gt 0 ]; do
    case $1 in
        --align) align=$2 ;;
        --at-once) at=$2 ;;
        --work) work=$2 ;;
        *) echo "sweep_memory.sh: there is no option $1; see its first lines." >&2; exit 2 ;;
    esac
    shift 2
done
work=${work:-$(mktemp -d /var/tmp/align4j-sweep.XXXXXX)}
mkdir -p "$work"
group=/sys/fs/cgroup/memory/align4j-$$
mkdir "$group" || exit 2
mebibyte=$((1 << 20)) sweep=''
head -n 160 "$home/data/demo/train.jsonl" >"$work/train.jsonl"
head -n 40 "$home/data/demo/heldout.jsonl" >"$work/heldout.jsonl"
ended() {
    [ -z "$sweep" ] || kill "$sweep" 2>/dev/null
    echo -1 >"$group/memory.limit_in_bytes"
    for ((i = 0; i < 300; i++)); do rmdir "$group" 2>/dev/null && break; sleep 0.1; done
}
trap ended EXIT
export ALIGN4J_CACHE=$work/cache ALIGN4J_HEAP=256m

(
    echo $BASHPID >"$group/cgroup.procs"
    exec "$align" sweep dpo --set seed=1..3 --at-once "$at" --out "$work/sweep" --model "$home/data/demo/model" --data "$work/train.jsonl" \
        --eval-data "$work/heldout.jsonl" --max-steps 8 --save-every 3 --device cpu --dtype fp32 --threads 1
) >"$work/sweep.log" 2>&1 &
sweep=$!

# The second trial at its fifth step: between a checkpoint and the next one.
trial=$work/sweep/trials/001
until [ "$(grep -c '"loss"' "$trial/metrics.jsonl" 2>/dev/null || true)" -ge 5 ] 2>/dev/null; do
    kill -0 $sweep 2>/dev/null || { cat "$work/sweep.log" >&2; exit 1; }
    sleep 0.02
done
victim=$(cat "$trial/.lock")
victim=${victim%%[!0-9]*}
echo 1000 >"/proc/$victim/oom_score_adj"
for ((above = 48; above <= 480; above += 48)); do
    held=$(sed -n 's/^total_rss //p' "$group/memory.stat")
    echo $((held + above * mebibyte)) 2>/dev/null >"$group/memory.limit_in_bytes" && break
done
(
    echo $BASHPID >"$group/cgroup.procs"
    exec dd if=/dev/zero of=/dev/null bs=$((2 * above))M count=1
) 2>/dev/null
for ((i = 0; i < 100; i++)); do kill -0 "$victim" 2>/dev/null || break; sleep 0.1; done
echo -1 >"$group/memory.limit_in_bytes"
kills=$(sed -n 's/^oom_kill //p' "$group/memory.oom_control")
wait $sweep
code=$?
sweep=''

wrong=0
[ $code = 0 ] || { echo "WRONG: the sweep ended with exit code $code"; wrong=1; }
[ "$kills" = 1 ] || { echo "WRONG: the kernel killed $kills processes"; wrong=1; }
grep -q '^Trial 001 .* it is tried once more, alone' "$work/sweep.log" || { echo 'WRONG: trial 001 is not named'; wrong=1; }
for other in 000 001 002; do
    [ -f "$work/sweep/trials/$other/adapter/adapter_model.safetensors" ] || { echo "WRONG: trial $other has no adapter"; wrong=1; }
done
"$align" dpo --config "$trial.yaml" --out "$work/alone" >"$work/alone.log" 2>&1 </dev/null
if cmp -s "$work/alone/adapter/adapter_model.safetensors" "$trial/adapter/adapter_model.safetensors"; then
    echo 'Trial 001 has the bytes of a run of it alone.'
else
    echo 'WRONG: trial 001 has other bytes than a run of it alone'
    wrong=1
fi
echo "The kernel killed $kills process; the sweep ended with exit code $code. Logs: $work"
exit $wrong
