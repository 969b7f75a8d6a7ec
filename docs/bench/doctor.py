#!/usr/bin/env python3
"""Does training gain from what the doctor leaves out? 30 % of the demo's labels flipped, 60 pairs contradicted, three seeds.

    python3 docs/bench/doctor.py OUT [--align ./align]

For each seed: trains on the raw file and on the clean.jsonl of --fix contradictions,label-noise, and prints the share of the
400 held-out pairs whose chosen answer has the higher reward, and the share whose chosen answer is likelier. OUT is new.
"""
import argparse
import json
import pathlib
import random
import subprocess

SEEDS = (1, 2, 3)
FLIPPED = 0.3
CONTRADICTED = 60


def damaged(rows, seed):
    dice = random.Random(seed)
    out = []
    for row in rows:
        row = dict(row)
        if dice.random() < FLIPPED:
            row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
        out.append(row)
    for row in dice.sample(out, CONTRADICTED):
        out.append({"prompt": row["prompt"], "chosen": row["rejected"], "rejected": row["chosen"]})
    dice.shuffle(out)
    return out


def train(align, demo, data, seed, out):
    subprocess.run(
        [align, "dpo", "--model", demo / "model", "--data", data, "--eval-data", demo / "heldout.jsonl",
         "--max-steps", "40", "--batch-size", "16", "--max-length", "256", "--threads", "1", "--seed", str(seed),
         "--report", "false", "--out", out],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in open(out / "metrics.jsonl")]
    last = [line for line in lines if "eval_rewards/accuracies" in line][-1]
    return last["eval_rewards/accuracies"], last["eval_logps/accuracies"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--align", default="./align")
    given = parser.parse_args()
    demo = pathlib.Path(__file__).resolve().parents[2] / "data" / "demo"
    rows = [json.loads(line) for line in open(demo / "train.jsonl")]
    given.out.mkdir(parents=True)
    print("seed  raw: reward, likelier   clean: reward, likelier   rows left")
    for seed in SEEDS:
        raw = given.out / f"raw{seed}.jsonl"
        raw.write_text("".join(json.dumps(row) + "\n" for row in damaged(rows, seed)))
        examined = given.out / f"examined{seed}"
        subprocess.run(
            [given.align, "doctor", "--data", raw, "--fix", "contradictions,label-noise", "--fail-on", "never",
             "--out", examined],
            check=True, stdout=subprocess.DEVNULL)
        clean = examined / "clean.jsonl"
        before = train(given.align, demo, raw, seed, given.out / f"run-raw{seed}")
        after = train(given.align, demo, clean, seed, given.out / f"run-clean{seed}")
        left = sum(1 for _ in open(clean))
        print(f"{seed}     {before[0]:.4f} {before[1]:.4f}             {after[0]:.4f} {after[1]:.4f}            {left}")


if __name__ == "__main__":
    main()
