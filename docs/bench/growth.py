#!/usr/bin/env python3
"""How cost grows, for docs/results.md: step time against tokens, and resident memory over hundreds of steps.

    docs/bench/growth.py time   --model MODEL_FOLDER --rows train.jsonl [--repeats 3] [--batches 2,4,8,12,16] [--budget 1024]
    docs/bench/growth.py memory --model MODEL_FOLDER --rows train.jsonl [--steps 500] [--batch 2] [--max-length 128]

time: `align bench` at each batch size, the sizes in turn, several times; a line is fitted to the medians. memory: `align dpo` over and
over on the same few rows, so that steps are alike, and the resident memory read after every step; a line is fitted from step 100 on.
Prints Markdown.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile, time

ALIGN = str(pathlib.Path(__file__).resolve().parent.parent.parent / "align")

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["time", "memory"])
parser.add_argument("--model", required=True)
parser.add_argument("--rows", required=True)
parser.add_argument("--align", default=ALIGN)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--batches", default="2,4,8,12,16")
parser.add_argument("--budget", type=int, default=1024)
parser.add_argument("--steps", type=int, default=500)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--max-length", type=int, default=128)
parser.add_argument("--threads", default="auto")
options = parser.parse_args()
if options.what == "memory" and options.steps < 200:
    parser.error("memory needs 200 steps or more: the line begins at step 100")


def line(xs, ys):
    """Slope, value at 0 and R² of the least-squares line."""
    slope, intercept = statistics.linear_regression(xs, ys)
    mean = statistics.fmean(ys)
    rest = sum((y - slope * x - intercept) ** 2 for x, y in zip(xs, ys))
    all = sum((y - mean) ** 2 for y in ys)
    return slope, intercept, 1 - rest / all if all else 1.0


def bench(batch):
    words = [options.align, "bench", "--model", options.model, "--data", options.rows, "--dtype", "bf16", "--batch-size", str(batch),
             "--micro-batch-tokens", str(options.budget), "--max-length", "512", "--too-long", "keep-start", "--recompute", "false",
             "--steps", "3", "--answer-tokens", "0", "--threads", options.threads]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
    document = json.loads(done.stdout[done.stdout.index("{"):])
    return document["layout"]["tokens_computed"] / document["training"]["steps"], \
        document["training"]["seconds"] / document["training"]["steps"]


def step_time():
    batches = [int(batch) for batch in options.batches.split(",")]
    seconds = {batch: [] for batch in batches}
    tokens = {}
    for number in range(options.repeats):
        for batch in batches:
            tokens[batch], taken = bench(batch)
            seconds[batch].append(taken)
            print(f"round {number + 1}: batch {batch}: {taken:.2f} s a step", file=sys.stderr, flush=True)
    medians = {batch: statistics.median(seconds[batch]) for batch in batches}
    print("| pairs a step | tokens a step | of the budget | seconds, median | ms a token |\n|---|---|---|---|---|")
    for batch in batches:
        print(f"| {batch} | {tokens[batch]:.0f} | {tokens[batch] / options.budget:.2f} | {medians[batch]:.2f} "
              f"| {1000 * medians[batch] / tokens[batch]:.2f} |")
    slope, intercept, fit = line([tokens[batch] for batch in batches], [medians[batch] for batch in batches])
    print(f"\nLine: {intercept:.3f} s + {1000 * slope:.3f} ms a token, R² = {fit:.4f}")


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(entry.split()[1]) for entry in status.splitlines() if entry.startswith("VmRSS")) / 1024


def child_java(pid):
    """The process itself where the launcher has become java, else the child that is."""
    while True:
        if "java" in os.readlink(f"/proc/{pid}/exe"):
            return pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            if "java" in os.readlink(f"/proc/{child}/exe"):
                return int(child)
        time.sleep(0.2)


def memory():
    with tempfile.TemporaryDirectory() as folder:
        rows = pathlib.Path(folder, "rows.jsonl")
        rows.write_text("".join(pathlib.Path(options.rows).read_text(encoding="utf-8").splitlines(True)[:options.batch]),
                        encoding="utf-8")
        words = [options.align, "dpo", "--model", options.model, "--data", str(rows), "--dtype", "bf16", "--batch-size",
                 str(options.batch), "--max-length", str(options.max_length), "--too-long", "keep-start", "--max-steps",
                 str(options.steps), "--samples", "0", "--report", "false", "--learning-rate", "2e-5", "--threads", options.threads, "--out",
                 str(pathlib.Path(folder, "run"))]
        metrics = pathlib.Path(folder, "run", "metrics.jsonl")
        with open(pathlib.Path(folder, "log"), "w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log)
            read = []
            step = 0
            while process.poll() is None:
                time.sleep(0.05)
                lines = metrics.read_text(encoding="utf-8").count("\n") if metrics.exists() else 0
                if lines > step:
                    step = lines
                    try:
                        read.append((step, resident(child_java(process.pid))))
                    except (FileNotFoundError, StopIteration):
                        pass
        if process.returncode:
            sys.exit(pathlib.Path(folder, "log").read_text()[-3000:])
    print("| step | resident, MiB |\n|---|---|")
    for wanted in (1, 10, 50, *range(100, options.steps + 1, 100)):
        nearest = min(read, key=lambda entry: abs(entry[0] - wanted))
        print(f"| {nearest[0]} | {nearest[1]:.1f} |")
    late = [entry for entry in read if 100 <= entry[0] < options.steps]
    slope, _, _ = line([entry[0] for entry in late], [entry[1] for entry in late])
    print(f"\nFrom step 100 to {options.steps}: {100 * slope:+.2f} MiB in 100 steps")


step_time() if options.what == "time" else memory()
