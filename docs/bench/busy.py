#!/usr/bin/env python3
"""What other work on the machine costs, for docs/results-notes.md: each way of waiting in turn, idle and beside busy processes.

    docs/bench/busy.py [--work tiny,smollm2,ppo,reward] [--smollm2 FOLDER] [--ways "as it was,watched,…"] [--busy 4] [--rounds 3] --out busy.json

Run it on an idle machine. A round takes each way once, idle and beside `--busy` processes that count in a loop; figures are medians over
the rounds, 0 where a run took longer than `--longest` seconds, in tokens a second (of the answers for generate, of the training forwards for ppo and reward). The fair share of a run with T
threads beside B busy processes is T / (T + B) of what the run before had idle. Prints Markdown; --out keeps every figure.
"""
import argparse, json, os, pathlib, re, statistics, subprocess, sys, tempfile, time

HOME = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = HOME / "data" / "demo"
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")

# How threads wait: what the environment says, and options. Where it says anything, Align4J switches nothing; 300,000 turns are libgomp's own.
WAYS = {
    "as it was": ({"GOMP_SPINCOUNT": "300000"}, []),
    "watched": ({}, []),
    "OMP_WAIT_POLICY=PASSIVE": ({"OMP_WAIT_POLICY": "PASSIVE"}, []),
    "GOMP_SPINCOUNT=1000": ({"GOMP_SPINCOUNT": "1000"}, []),
    "GOMP_SPINCOUNT=20000": ({"GOMP_SPINCOUNT": "20000"}, []),
    "--threads 1": ({}, ["--threads", "1"]),
}

parser = argparse.ArgumentParser()
parser.add_argument("--work", default="tiny,ppo,reward")
parser.add_argument("--smollm2", help="the folder of SmolLM2-135M-Instruct")
parser.add_argument("--ways", default=",".join(WAYS))
parser.add_argument("--busy", type=int, default=4, help="busy processes")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--longest", type=int, default=120, help="seconds after which a run counts as 0")
parser.add_argument("--out", required=True)
options = parser.parse_args()


def prompts(folder, rows):
    file = pathlib.Path(folder, "prompts.jsonl")
    with open(DEMO / "heldout.jsonl", encoding="utf-8") as lines:
        file.write_text("".join(next(lines) for _ in range(rows)), encoding="utf-8")
    return str(file)


def generate(model, rows, tokens, samples):
    """Idle, three times the samples: a run of two seconds says little."""
    def words(folder, idle):
        return ["generate", "--model", str(model), "--prompts", prompts(folder, rows), "--max-new-tokens", str(tokens), "--samples",
                str(samples * (3 if idle else 1)), "--ignore-eos", "true", "--out", f"{folder}/answers.jsonl"]

    def figure(folder, said):
        return float(re.search(r"([\d.,]+) a second", said)[1].replace(",", ""))
    return words, figure


def training(*arguments):
    def words(folder, idle):
        return [*arguments, "--model", str(DEMO / "model"), "--data", str(DEMO / "train.jsonl"), "--report", "false", "--out", f"{folder}/run"]

    def figure(folder, said):
        lines = [json.loads(line) for line in open(f"{folder}/run/metrics.jsonl", encoding="utf-8")]
        steps = [line for line in lines if line.get("tokens_per_second")]
        seconds = sum(line["seconds"] for line in steps)
        return sum(line["tokens_per_second"] * line["seconds"] for line in steps) / seconds
    return words, figure


WORK = {
    "tiny": generate(DEMO / "model", 100, 64, 4),
    "smollm2": generate(options.smollm2, 16, 64, 1),
    "ppo": training("ppo", "--reward", "length", "--max-steps", "3", "--max-new-tokens", "32"),
    "reward": training("reward", "--max-steps", "20"),
}


def run(work, way, idle):
    """Tokens per second; 0 where it takes too long."""
    words, figure = WORK[work]
    setting, more = WAYS[way]
    environment = {name: value for name, value in os.environ.items() if name not in WAITING} | setting
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([str(HOME / "align"), *words(folder, idle), *more], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=environment)
        try:
            _, said = process.communicate(timeout=options.longest)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return 0
        if process.returncode:
            sys.exit(f"{work}, {way} failed:\n{said[-3000:]}")
        return figure(folder, said)


def beside(processes, work, way):
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        return run(work, way, idle=False)
    finally:
        for other in others:
            other.kill()
            other.wait()


def main():
    ways = options.ways.split(",")
    threads = len(os.sched_getaffinity(0))
    subprocess.run([str(HOME / "align"), "--version"], check=True, stdout=subprocess.DEVNULL)
    figures = {work: {way: {"idle": [], "busy": []} for way in ways} for work in options.work.split(",")}
    for _ in range(options.rounds):
        for work, table in figures.items():
            for way in ways:
                table[way]["idle"].append(run(work, way, idle=True))
                table[way]["busy"].append(beside(options.busy, work, way))
                print(f"{time.strftime('%H:%M:%S')} {work}, {way}: {table[way]}", file=sys.stderr, flush=True)
                pathlib.Path(options.out).write_text(json.dumps(figures, indent=1))
    for work, table in figures.items():
        fair = statistics.median(table[ways[0]]["idle"]) * threads / (threads + options.busy)
        print(f"\n{work}: tokens a second, {threads} processors; the fair share beside {options.busy} is {fair:,.0f}\n")
        print(f"| threads wait | idle | beside {options.busy} | of the fair share |\n|---|---|---|---|")
        for way in ways:
            idle, busy = (statistics.median(table[way][when]) for when in ("idle", "busy"))
            print(f"| {way} | {idle:,.0f} | {busy:,.0f} | {f'{busy / fair:.0%}' if fair else '-'} |")


main()
