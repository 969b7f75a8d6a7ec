#!/usr/bin/env python3
"""What are many noisy pairs worth against few good ones? The demo's pairs, 40 % of the noisy ones with the answers swapped.

    python3 docs/bench/quality.py OUT [--seeds 1,2,3] [--align ./align]

Rows come from `align example make-demo-pairs`: good ones from its first 800, noisy ones from the other 10,000, drawn anew for each
seed. Each set is trained on for two epochs, but for at least 25 and at most 625 steps. Prints the share of the demo's 400 held-out
pairs whose chosen answer has the higher reward, and the share whose chosen answer is likelier; writes runs.jsonl and curve.svg to
OUT, which is new.
"""
import argparse
import json
import math
import pathlib
import random
import statistics
import subprocess

GOOD = (50, 200, 800)
NOISY = (1000, 3000, 10000)
FLIPPED = 0.4
BATCH = 16
EPOCHS = 2
STEPS = (25, 625)


def rows_of(pool, count, flipped, seed):
    dice = random.Random(f"{seed} {count}")
    rows = [dict(row) for row in dice.sample(pool, count)]
    for row in dice.sample(rows, round(flipped * count)):
        row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
    return rows


def steps_of(count):
    return max(STEPS[0], min(STEPS[1], math.ceil(EPOCHS * count / BATCH)))


def train(align, demo, data, steps, seed, out):
    subprocess.run(
        [align, "dpo", "--model", demo / "model", "--data", data, "--eval-data", demo / "heldout.jsonl",
         "--loss", "sigmoid", "--beta", "0.5", "--lora-rank", "8", "--learning-rate", "1e-3", "--max-steps", str(steps),
         "--batch-size", str(BATCH), "--max-length", "512", "--micro-batch-tokens", "512", "--device", "cpu", "--dtype", "fp32",
         "--threads", "1", "--seed", str(seed), "--report", "false", "--out", out],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in open(out / "metrics.jsonl")]
    last = [line for line in lines if "eval_rewards/accuracies" in line][-1]
    return last["eval_rewards/accuracies"], last["eval_logps/accuracies"]


def told(values):
    return f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def svg(runs):
    """Mean over the seeds by the number of pairs, on a scale of logarithms; a line for good pairs, one for noisy ones."""
    def x(count):
        return 60 + 480 * math.log(count / 50) / math.log(10000 / 50)

    def y(share):
        return 20 + 440 * (1 - share)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 316" width="660" height="316" font-family="sans-serif" font-size="12">',
             '<style>text{fill:#1c1d20}@media(prefers-color-scheme:dark){rect{fill:#15161a}text{fill:#e6e6e3}path{stroke:#2f3138}}</style>',
             '<rect width="660" height="316" fill="#fcfcfa"/>']
    for tenth in range(5, 11):
        parts.append(f'<path d="M60 {y(tenth / 10):.0f}H540" stroke="#ddd"/>'
                     f'<text x="25" y="{y(tenth / 10) + 4:.0f}">{10 * tenth} %</text>')
    for count in GOOD + NOISY:
        parts.append(f'<text x="{x(count):.0f}" y="{262 if count in GOOD else 278}" text-anchor="middle">{count:,}</text>')
    for name, colour, counts in (("good", "#2a7", GOOD), ("40 % swapped", "#c53", NOISY)):
        points = [(x(n), y(statistics.mean(r["reward"] for r in runs if r["pairs"] == n))) for n in counts]
        parts.append(f'<polyline fill="none" stroke="{colour}" points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) + '"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        parts.append(f'<text x="{points[-1][0] + 8:.0f}" y="{points[-1][1] + 16:.0f}" style="fill:{colour}">{name}</text>')
    parts.append('<text x="60" y="300">Share of 400 held-out pairs whose chosen answer has the higher reward, by the number of pairs</text></svg>')
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--align", default="./align")
    given = parser.parse_args()
    demo = pathlib.Path(__file__).resolve().parents[2] / "data" / "demo"
    given.out.mkdir(parents=True)
    subprocess.run([given.align, "example", "make-demo-pairs", "--out", given.out], check=True, stdout=subprocess.DEVNULL)
    pool = [json.loads(line) for line in open(given.out / "pairs.jsonl")]
    parts = [(n, 0, pool[:800]) for n in GOOD] + [(n, FLIPPED, pool[800:]) for n in NOISY]
    runs = []
    print("| pairs | swapped | steps | reward | likelier |\n|---|---|---|---|---|")
    for count, flipped, part in parts:
        for seed in map(int, given.seeds.split(",")):
            name = f"{count}-{seed}"
            data = given.out / f"{name}.jsonl"
            data.write_text("".join(json.dumps(row) + "\n" for row in rows_of(part, count, flipped, seed)))
            reward, likelier = train(given.align, demo, data, steps_of(count), seed, given.out / f"run-{name}")
            runs.append({"pairs": count, "flipped": flipped, "steps": steps_of(count), "seed": seed,
                         "reward": reward, "likelier": likelier})
            with open(given.out / "runs.jsonl", "a") as file:
                file.write(json.dumps(runs[-1]) + "\n")
        own = [run for run in runs if run["pairs"] == count]
        print(f"| {count:,} | {100 * flipped:.0f} % | {steps_of(count)} | {told([r['reward'] for r in own])} "
              f"| {told([r['likelier'] for r in own])} |", flush=True)
    (given.out / "curve.svg").write_text(svg(runs))


if __name__ == "__main__":
    main()
