#!/bin/sh
# Makes what lies in data/play again: questions, preference pairs and the model.
#
#   data/play/make.sh [FOLDER [RUN]]
set -eu
cd "$(dirname -- "$0")/../.."
out=${1:-data/play}
run=${2:-runs/play}

mkdir -p "$out"
if [ "$out" != data/play ]; then
    cp data/play/paraphrases*.jsonl data/play/unanswerable*.jsonl "$out"
fi
data/make-rows.sh play "$out"
./align sft --model "$out/initial" --method full --data "$out/talk.jsonl" --max-length 128 --max-steps 4500 --batch-size 32 \
    --micro-batch-tokens 2048 --learning-rate 4e-3 --schedule cosine --warmup-steps 100 --device cpu --dtype fp32 --threads 1 --seed 42 \
    --log-every 20 --report false --samples 0 --eval-fraction 0 --out "$run"
rm -rf "${out:?}/model"
cp -r "$run/model" "$out/model"
cp data/play/ask.txt "$out/model/ask.txt"
