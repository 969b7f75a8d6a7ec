#!/bin/sh
# Runs Align4J on a bare GPU machine and writes summary.txt, results.jsonl, log.txt and gpu.csv under $OUT. From the repository's root:
#
#   run-gpu-checks.sh [KIT.tar.xz]         KIT beside this script by default
#
# MACHINE=cpu: a rehearsal with tiny models on the CPU. TORCH_LIB: libtorch's folder, else that of python3's torch. LIMIT: seconds in all.
set -u
here=$(dirname "$(realpath "$0")")
root=$PWD machine=${MACHINE:-gpu} limit=${LIMIT:-540} work=${WORK:-${TMPDIR:-/tmp}/align4j-gpu}
[ -n "${OUT:-}" ] || { echo "OUT is not set; name a folder for the results." >&2; exit 2; }
[ -d "$root/alignment-core" ] || { echo "$root is no checkout of Align4J; start this in one." >&2; exit 2; }
mkdir -p "$OUT" "$work"
[ -d "$work/kit" ] || python3 -m tarfile -e "${1:-$here/kit.tar.xz}" "$work" || exit 2
kit=$work/kit
ln -sfn "$root/data" "$kit/app/data"

# Align4J wants to hear the version that it was written for, whatever libtorch the kit's JNI library was compiled for.
torch=${TORCH_LIB:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__) + "/lib")')}
export PYTORCH_LIBRARY_PATH="$torch" PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cu128 DJL_CACHE_DIR="$kit/djl" JAVA_HOME="$kit/jre"
export ALIGN4J_CACHE="$work/cache" ALIGN4J_HEAP="${ALIGN4J_HEAP:-2g}" DJL_OFFLINE=true OPT_OUT_TRACKING=true RUST_FLAVOR=cpu
export OMP_DYNAMIC=false MKL_DYNAMIC=FALSE MKL_CBWR=AUTO
# DJL counts GPUs with the CUDA runtime, which it looks for as libcudart.so.
mkdir -p "$work/cudart"
ln -sf "$(find -L "$torch/../../nvidia" -name 'libcudart.so.1?' | head -n 1)" "$work/cudart/libcudart.so"
export ALIGN4J_JAVA_OPTS="-Djna.library.path=$work/cudart"
align=$kit/app/bin/align

python3 "$here/checks.py" sample "$OUT/gpu.csv" 2>/dev/null &
sampler=$!
trap 'pkill -P $sampler 2>/dev/null; kill $sampler 2>/dev/null' EXIT # nvidia-smi, its only child, first
begun=$(date +%s)

# step NAME SECONDS COMMAND…: output and error to the log, one line to results.jsonl; never past the limit.
step() {
    name=$1 seconds=$2 started=$(date +%s)
    shift 2
    [ "$machine" = gpu ] || seconds=$((4 * seconds)) # a laptop's processor
    left=$((limit - (started - begun)))
    [ "$left" -gt 5 ] || { echo "$name: no time left" >>"$OUT/log.txt"; return; }
    [ "$seconds" -le "$left" ] || seconds=$left
    echo "== $name: $*" >>"$OUT/log.txt"
    timeout -k 5 "$seconds" "$@" >"$work/output" 2>"$work/error" </dev/null
    code=$?
    { tail -c 20000 "$work/error"; tail -c 20000 "$work/output"; } >>"$OUT/log.txt"
    python3 "$here/checks.py" record "$OUT/results.jsonl" "$name" $code $(($(date +%s) - started)) "$started" "$work/output" "$OUT/gpu.csv"
    python3 "$here/checks.py" summary "$OUT/results.jsonl" >"$OUT/summary.txt"
}

bench() { # NAME SECONDS MODEL OPTION…
    label=$1 most=$2 of=$3
    shift 3
    step "$label" "$most" "$align" bench --json --model "$work/$of" --data "$work/rows.jsonl" --format tokens --device "$machine" --dtype bf16 \
        --reference-cache off "$@"
}

# The suite tagged gpu, a module at a time, the parts of the core as one; its files are the checkout's.
suite() { # MODULE PACKAGE SECONDS FOLDER
    classes=$kit/test/classes:$root/$4/src/test/resources
    for part in "$root"/alignment-core/*/src/test/resources; do classes=$classes:$part; done
    # shellcheck disable=SC2086
    step "tests-$1" "$3" env -C "$root/$4" "$JAVA_HOME/bin/java" -Xmx1g -Djna.library.path="$work/cudart" \
        -Dai.djl.pytorch.graph_optimizer=false -Dai.djl.default_engine=PyTorch "-Dalign4j.root=$root" $rehearse \
        -cp "$classes:$kit/test/lib/*:$kit/app/lib/*" org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=tree \
        --select-package "$2" --include-classname '.*GpuTest' --include-tag gpu
}

if [ "$machine" = gpu ]; then
    small=smol middle=1b large=8b prompt=512 answer=128 count=256 many="4096 16384 65536" wide=16384 batch=64 rehearse=
    step nvidia-smi 20 nvidia-smi
    step peak 60 python3 "$here/checks.py" peak
else
    small=tiny middle=tiny large=tiny prompt=32 answer=16 count=16 many=512 wide=512 batch=4 rehearse=-Dalign4j.gpu.rehearse=cpu
fi
step env 60 "$align" env --json
suite alignment-core org.align4j.core 120 alignment-core/engine
suite dpo org.align4j.dpo 120 dpo
suite ppo org.align4j.ppo 60 ppo
step families 150 python3 "$here/checks.py" families "$root/alignment-core/engine/src/test/resources/reference/families" "$work/families" "$align" "$machine" "${AT_ONCE:-8}"
step demo 120 "$align" demo --json --out "$work/demo"

for name in $(printf '%s\n' $small $middle $large | sort -u); do
    step "model-$name" 60 python3 "$here/checks.py" model "$name" "$work/$name"
done
vocabulary=49152
[ "$machine" = gpu ] || vocabulary=512
step rows 30 python3 "$here/checks.py" rows $vocabulary $prompt $answer $count "$work/rows.jsonl"

step dpo 60 "$align" dpo --json --model "$work/$small" --data "$work/rows.jsonl" --format tokens --max-steps 4 --samples 0 --save-every 2 \
    --device "$machine" --out "$work/dpo"
bench "bench-$small-default" 60 $small --batch-size 16 --steps 4 --answer-tokens 0
for tokens in $many; do
    bench "bench-$small-$tokens" 60 $small --batch-size $batch --micro-batch-tokens "$tokens" --steps 3 --answer-tokens 128
done
bench "bench-$middle" 60 $middle --batch-size $batch --micro-batch-tokens $wide --steps 3 --answer-tokens 128
bench "bench-$middle-chunk" 60 $middle --batch-size $batch --micro-batch-tokens $wide --log-prob-chunk 2048 --steps 3 --answer-tokens 0
bench "bench-$large-lora" 60 $large --batch-size 16 --micro-batch-tokens $wide --steps 2 --answer-tokens 32
bench "bench-$large-qlora" 90 $large --method qlora --batch-size 16 --micro-batch-tokens $wide --steps 2 --answer-tokens 0
for name in $(printf '%s\n' $small $middle | sort -u); do
    step "transformers-$name" 90 python3 "$here/checks.py" generate "$work/$name" "$work/rows.jsonl" $batch 128
done
cat "$OUT/summary.txt"
