#!/usr/bin/env bash
# Thirty DPO runs of the demo model in processes whose addresses are limited (ulimit -v), for docs/reliability.md: each ends with exit
# code 0, or 1 or 2 and a sentence, or dies; what did not end well is resumed without a limit and must then have the bytes of a run
# that was never disturbed. A run that went on in smaller forwards may differ by rounding, and is counted apart.
#
#   docs/bench/refused_memory.sh [--align COMMAND] [--runs 30] [--from PERCENT] [--side-by-side 2] [--work FOLDER]
#
# Limits go from PERCENT (55) to 101 % of what the undisturbed run takes at its peak. Linux. Prints Markdown.
set -uo pipefail
home=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
align=$home/align runs=30 from=55 beside=2 work=''
while [ $# -gt 0 ]; do
    case $1 in
        --align) align=$2 ;;
        --runs) runs=$2 ;;
        --from) from=$2 ;;
        --side-by-side) beside=$2 ;;
        --work) work=$2 ;;
        *) echo "refused_memory.sh: there is no option $1; see its first lines." >&2; exit 2 ;;
    esac
    shift 2
done
work=${work:-$(mktemp -d /var/tmp/align4j-memory.XXXXXX)}
mkdir -p "$work"
head -n 160 "$home/data/demo/train.jsonl" >"$work/train.jsonl"
export ALIGN4J_CACHE=$work/cache ALIGN4J_HEAP=256m ALIGN4J_JAVA_OPTS="-XX:ErrorFile=/dev/null -XX:ReplayDataFile=/dev/null"

train() {
    exec "$align" dpo --model "$home/data/demo/model" --data "$work/train.jsonl" --out "$1" --max-steps 3 --save-every 1 --report false \
        --batch-size 48 --micro-batch-tokens 8192 --recompute false --device cpu --dtype fp32 --threads 1 --seed 7
}
export -f train
export align home work
same() { cmp -s "$work/whole/adapter/adapter_model.safetensors" "$1/adapter/adapter_model.safetensors"; }

train "$work/warm" >"$work/warm.log" 2>&1 &
wait $! || { cat "$work/warm.log" >&2; exit 1; }
(train "$work/whole") >"$work/whole.log" 2>&1 &
process=$! peak=0
while kill -0 $process 2>/dev/null; do
    now=$(sed -n 's/^VmPeak:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$process/status 2>/dev/null)
    [ "${now:-0}" -gt $peak ] && peak=$now
    sleep 0.05
done
wait $process || { cat "$work/whole.log" >&2; exit 1; }

[ $peak -gt 0 ] || { echo "refused_memory.sh: the peak could not be read from /proc" >&2; exit 1; }

# one NUMBER: a run under its limit, and what came of it in $work/NUMBER.row.
one() {
    local n=$1 limit out=$work/$1 code smaller said kind after
    limit=$((peak / 1000 * (10 * from + (1010 - 10 * from) * n / (runs - 1))))
    (ulimit -v $limit; train "$out") >"$work/$n.log" 2>&1 </dev/null
    code=$?
    smaller=$(grep -c 'the same rows again with' "$work/$n.log")
    said=$(grep -v -e '^ *$' -e '^#' "$work/$n.log" | tail -n 1 | cut -c 1-100)
    kind=$code
    if [ $code = 0 ]; then
        if same "$out"; then after='same bytes'
        elif [ "$smaller" -gt 0 ]; then after="done in smaller forwards ($smaller times halved)" kind='0, smaller forwards'
        else after=WRONG; fi
    else
        if [ -f "$out/config.yaml" ]; then "$align" resume "$out"; else rm -rf "$out"; (train "$out"); fi >"$work/$n.again.log" 2>&1
        if same "$out"; then after='resumed to the same bytes'
        elif [ "$smaller" -gt 0 ] && [ -f "$out/adapter/adapter_model.safetensors" ]; then after='resumed in smaller forwards'
        else after=WRONG; fi
        [ $code -lt 128 ] && grep -q -e '^	at ' "$work/$n.log" && after="WRONG: a trace"
        after="$after: ${said//|/ }"
    fi
    echo "$kind" >"$work/$n.kind"
    echo "| $((limit / 1024)) | $code | $after |" >"$work/$n.row"
}

for ((n = 0; n < runs; n++)); do
    [ $n -lt "$beside" ] || wait -n
    one $n 2>/dev/null &
done
wait
echo '| ulimit -v, MiB | exit | afterwards |'
echo '| --- | --- | --- |'
for ((n = 0; n < runs; n++)); do cat "$work/$n.row"; done
wrong=$(cat "$work"/*.row | grep -c WRONG)
echo
echo "Peak of the undisturbed run: $((peak / 1024)) MiB of addresses. $runs runs, $wrong wrong. How many ended how:"
sort "$work"/*.kind | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/* exit code \2: \1/'
echo "Logs: $work"
[ "$wrong" = 0 ]
