#!/usr/bin/env python3
"""The speed table of docs/results-notes.md: Align4J beside TRL on the same rows, in turn, several times.

    docs/bench/speed.py --model MODEL_FOLDER --rows train.jsonl --trl-python VENV/bin/python [--repeats 3] [--steps 4] [--out speed.json]
    docs/bench/speed.py … --rows long.jsonl --max-length 8192 --batch 2 --micro 1 --steps 1 --warm-up 0

Rows as helpful_base_rows.py or long_rows.py writes them. Every round runs each side once; a ratio is the median of the rounds' ratios, so that a
machine whose speed drifts counts for both. TRL runs by its defaults (products in bf16 by autocast), in fp32 without autocast, and with weights and
products in bf16; the ratio to give is the one against the fastest of these. Align4J runs as auto settles it, or with --dtype and --products. Prints the table in Markdown; --out keeps every figure of every run. With --newer-python TRL also runs
there with its defaults, with weights in fp32 (products in bf16 by autocast), and with AMD's zentorch loaded.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
GIB = 2**30

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--rows", required=True)
parser.add_argument("--trl-python", required=True)
parser.add_argument("--newer-python", help="another VENV/bin/python, with a newer PyTorch and zentorch: three sides more")
parser.add_argument("--align", default=str(HERE.parent.parent / "align"))
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--warm-up", type=int, default=1, help="steps of both sides before those that are timed")
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--max-length", type=int, default=512, help="tokens of a prompt with one answer")
parser.add_argument("--micro", type=int, default=4, help="pairs in one forward of TRL")
parser.add_argument("--only", default="", help="names of the sides to run, separated by semicolons; all by default")
parser.add_argument("--dtype", default="auto", help="of ours: bf16, fp32 or auto")
parser.add_argument("--products", default="auto", help="of ours: bf16, fp32 or auto")
parser.add_argument("--threads", type=int, help="of both sides; all cores by default")
parser.add_argument("--out")
options = parser.parse_args()
# What is missing before the first side runs is no side's failure.
if not pathlib.Path(options.rows).is_file():
    sys.exit(f"speed.py: --rows is {options.rows}, which is no file; helpful_base_rows.py or long_rows.py writes it, so see whether that ended well.")
for given, python in (("trl", options.trl_python), ("newer", options.newer_python)):
    if python and not pathlib.Path(python).is_file():
        sys.exit(f"speed.py: --{given}-python is {python}, which is no file; give the python of a virtual environment.")


def ours(heap, *more):
    words = [options.align, "bench", "--model", options.model, "--data", options.rows, "--dtype", options.dtype, "--products", options.products, "--batch-size",
             str(options.batch), "--max-length", str(options.max_length), "--too-long", "keep-start", "--steps", str(options.steps),
             "--warm-up-steps", str(options.warm_up), "--answer-tokens", "0", *(["--threads", str(options.threads)] if options.threads else []), *more]
    document = json.loads(output(words, dict(os.environ, ALIGN4J_HEAP=heap)))
    figures = dict(document["training"])
    figures["peak_memory_bytes"] = document["peak_memory_bytes"]
    figures["forecast_peak_bytes"] = document["forecast"]["peak_bytes"]
    figures["forecast_step_seconds"] = document["forecast"]["step_seconds"]
    figures["products_share"] = document["products"].get("share_of_step")
    figures["forecast_attention_share"] = document["forecast"].get("attention_share")
    figures["tokens_per_second"] = document["layout"]["tokens_computed"] / document["training"]["seconds"]
    figures["shares"] = document["shares"]
    figures["layout"] = document["layout"]
    return figures


def trl(*more, python=None):
    words = [python or options.trl_python, str(HERE / "trl_dpo_speed.py"), options.model, options.rows, "--steps", str(options.steps),
             "--warm-up", str(options.warm_up), "--batch", str(options.batch), "--max-length", str(options.max_length), *(["--threads", str(options.threads)] if options.threads else []), *more]
    return json.loads(output(words, os.environ))


def output(words, environment):
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"speed.py: this command failed with exit code {done.returncode}: {' '.join(words)}\n{done.stderr[-3000:]}")
    lines = done.stdout.strip()
    return lines[lines.rindex("\n{") + 1:] if "\n{" in lines else lines


SIDES = {
    "Align4J, graph kept": lambda: ours("1g", "--recompute", "false"),
    "TRL, defaults": lambda: trl("--micro", str(options.micro)),
    "Align4J, recomputed": lambda: ours("192m", "--recompute", "true", "--micro-batch-tokens", "512"),
    "Align4J, smallest": lambda: ours("128m", "--recompute", "true", "--micro-batch-tokens", "512", "--weights", "mapped"),
    "TRL, cached reference": lambda: trl("--micro", str(options.micro), "--cached"),
    "TRL, one pair, checkpointed": lambda: trl("--micro", "1", "--cached", "--recompute"),
}
FAST, DEFAULTS, SMALL, LEAST, CACHED, SMALLEST = SIDES
SIDES |= {
    "TRL, fp32 without autocast": lambda: trl("--micro", str(options.micro), "--dtype", "fp32", "--no-autocast"),
    "TRL, bf16 without autocast": lambda: trl("--micro", str(options.micro), "--no-autocast"),
}
SETTINGS = [DEFAULTS, *list(SIDES)[6:]]
if options.newer_python:
    newer = lambda *more: lambda: trl("--micro", str(options.micro), *more, python=options.newer_python)
    SIDES |= {"TRL, newer PyTorch": newer(), "TRL, newer PyTorch, weights in fp32": newer("--dtype", "fp32"), "TRL, zentorch": newer("--zentorch")}
WITH = "pairs_per_second_with_reference"
STEPS = "pairs_per_second"
PEAK = "peak_memory_bytes"
# What is divided by what.
RATIOS = [
    ("speed, reference counted: ours / TRL's defaults", FAST, WITH, DEFAULTS, WITH),
    ("speed, cached on both sides: ours / TRL's", FAST, STEPS, CACHED, STEPS),
    ("speed, cached on both sides: ours / TRL's, one pair, checkpointed", FAST, STEPS, SMALLEST, STEPS),
    ("speed, reference counted: ours / TRL's cached", FAST, WITH, CACHED, WITH),
    ("memory: ours recomputed / TRL's smallest", SMALL, PEAK, SMALLEST, PEAK),
    ("speed: ours recomputed / TRL's smallest", SMALL, STEPS, SMALLEST, STEPS),
    ("speed: ours recomputed / kept", SMALL, STEPS, FAST, STEPS),
    ("memory: ours recomputed / kept", SMALL, PEAK, FAST, PEAK),
    ("memory: our smallest / TRL's smallest", LEAST, PEAK, SMALLEST, PEAK),
    ("speed: our smallest / TRL's smallest", LEAST, STEPS, SMALLEST, STEPS),
    *[(f"speed, reference counted: ours / {side}", FAST, WITH, side, WITH) for side in list(SIDES)[6:]],
]


def table(rounds):
    print("| side | pairs/s | with reference | peak RSS | loss of the first timed step |\n|---|---|---|---|---|")
    for side in rounds[0]:
        median = lambda figure: statistics.median(done[side][figure] for done in rounds)
        print(f"| {side} | {median(STEPS):.2f} | {median(WITH):.2f} | {median(PEAK) / GIB:.2f} GiB | {median('first_loss'):.6f} |")
    print("\n| ratio | median | from | to |\n|---|---|---|---|")
    for name, side, figure, other, others in RATIOS:
        if side in rounds[0] and other in rounds[0]:
            ratios = [done[side][figure] / done[other][others] for done in rounds]
            print(f"| {name} | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |")
    speeds = {side: statistics.median(done[side][WITH] for done in rounds) for side in SETTINGS if side in rounds[0]}
    if FAST in rounds[0] and speeds:
        fastest = max(speeds, key=speeds.get)
        ratios = [done[FAST][WITH] / done[fastest][WITH] for done in rounds]
        print(f"| **speed, reference counted: ours / TRL's fastest here ({fastest})** | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |")
    print(f"\nProcessor: {processor()}")


def processor():
    """The processor's name, how many, and those of its features that decide about products."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8") if pathlib.Path("/proc/cpuinfo").is_file() else ""
    value = lambda key: next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith(key)), "")
    flags = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in value("flags").split()]
    limits = [f"{name}={os.environ[name]}" for name in ("MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY") if name in os.environ]
    return f"{value('model name')}, {len(os.sched_getaffinity(0))} cores, {' '.join(flags + limits)}"


def main():
    chosen = [name for name in SIDES if not options.only or name in options.only.split(";")]
    rounds = []
    for number in range(options.repeats):
        done = {}
        for side in chosen:
            done[side] = SIDES[side]()
            print(f"round {number + 1}: {side}: {done[side][STEPS]:.3f} pairs/s", file=sys.stderr, flush=True)
        rounds.append(done)
        if options.out:
            pathlib.Path(options.out).write_text(json.dumps(rounds, indent=1), encoding="utf-8")
    table(rounds)


main()
