#!/usr/bin/env python3
"""GRPO teaches the model of data/tools to use a tool: a calculator, or a table that is asked in SQL.

    python3 docs/bench/tools.py --align ./align --out runs/use [--what calculator,rooms --seeds 1,2,3 --threads 2]

Each seed trains on 400 questions and is evaluated on 200 others, about numbers that no row of the model's SFT and no question of the training
asks: one answer each, drawn at temperature 1. Prints the share that is right before and after, its 95 % interval (Wilson), and the time of
the whole command. Needs Python's library alone.
"""
import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import time

TASKS = {"calculator": ("sums", "calculator"), "rooms": ("rooms", "sqlite:data/tools/rooms.db")}
OPTIONS = ("--algorithm grpo --method full --learning-rate 5e-4 --schedule cosine --warmup-steps 2 --max-steps 30 --rollouts-per-step 256 "
           "--samples-per-prompt 8 --ppo-epochs 1 --mini-batches 2 --max-turns 3 --max-new-tokens 32 --kl-coefficient 0 --eval-every 15 "
           "--samples 0 --report false --device cpu --dtype fp32").split()


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def wilson(right, of, z=1.96):
    p = right / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def share(scores):
    right = sum(s > 0.5 for s in scores)
    low, high = wilson(right, len(scores))
    return f"{100 * right / len(scores):.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--align", default="./align")
    ap.add_argument("--out", required=True)
    ap.add_argument("--what", default="calculator,rooms")
    ap.add_argument("--seeds", default="1,2,3")
    ap.add_argument("--threads", default="2")
    ap.add_argument("--model", default="data/tools/model")
    a = ap.parse_args()
    print("| task | seed | right before, 95 % | after | steps | seconds | CPU seconds |")
    print("|---|---:|---|---|---:|---:|---:|")
    for what in a.what.split(","):
        files, environment = TASKS[what]
        for seed in a.seeds.split(","):
            run = os.path.join(a.out, f"{what}-{seed}")
            shutil.rmtree(run, ignore_errors=True)
            start, spent = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([a.align, "ppo", "--model", a.model, "--data", f"data/tools/{files}.jsonl", "--eval-data",
                            f"data/tools/{files}-heldout.jsonl", "--environment", environment, "--seed", seed, "--threads", a.threads,
                            "--out", run, *OPTIONS], check=True, stdout=subprocess.DEVNULL)
            took, now = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
            found = json.load(open(os.path.join(run, "evaluation.json")))
            steps = max(m["step"] for m in lines(os.path.join(run, "metrics.jsonl")))
            print(f"| {what} | {seed} | {share(found['first']['rows']['scores'])} | {share(found['last']['rows']['scores'])} "
                  f"| {steps:.0f} | {took:.0f} | {cpu:.0f} |", flush=True)


if __name__ == "__main__":
    main()
