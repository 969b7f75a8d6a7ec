#!/bin/sh
# Makes what lies in data/tools again: the text, the model that is kept, and the larger one of its family, which isn't.
# Both trainings run side by side, on one core each.
#
#   data/tools/make.sh [FOLDER [RUNS]]
set -eu
cd "$(dirname -- "$0")/../.."
out=${1:-data/tools}
runs=${2:-runs/tools}

data/make-rows.sh tools "$out"
train() {
    name=$1
    shift
    ./align sft "$@" --method full --max-length 256 --batch-size 32 --micro-batch-tokens 1024 --schedule cosine --warmup-steps 50 \
        --device cpu --dtype fp32 --threads 1 --seed 42 --log-every 20 --report false --samples 0 --out "$runs/$name"
    rm -rf "${out:?}/$name"
    cp -r "$runs/$name/model" "$out/$name"
}
train larger --model "$out/initial-larger" --data "$out/copies.jsonl,$out/use.jsonl" --max-steps 300 --learning-rate 1e-3 &
train model --model "$out/initial" --data "$out/copies.jsonl,$out/form.jsonl" --epochs 1 --learning-rate 2e-3
wait $!
