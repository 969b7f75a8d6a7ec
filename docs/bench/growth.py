#!/usr/bin/env python3
"""How cost grows, for docs/results-notes.md: step time against tokens, and resident memory over hundreds of steps.

    docs/bench/growth.py time   --model MODEL_FOLDER --rows train.jsonl [--repeats 3] [--batches 2,4,8,12,16] [--budget 1024]
    docs/bench/growth.py memory --model MODEL_FOLDER --rows train.jsonl [--steps 500] [--batch 2] [--max-length 128]
    docs/bench/growth.py sizes  --model MODEL_FOLDER --text TEXT [--tokens 128,…] [--answers 2,…] [--thread-counts 1,2]
                                [--vocabularies 49152,…] [--widths 256,…] [--trl-python VENV/bin/python]

time: `align bench` at each batch size, the sizes in turn, several times; a line is fitted to the medians. memory: `align dpo` over and
over on the same few rows, so that steps are alike, and the resident memory read after every step; a line is fitted from step 100 on.
sizes: `align bench`, recomputed, one step of two pairs a size after one, against tokens a row (a prompt with one answer), answers a prompt (1,024
tokens a row), threads, vocabulary and width, each by itself; give --tokens "" and so on to leave one out. Rows are words of the text that
you give (long_rows.py). Models of another vocabulary or width have the given one's other sizes and random weights, for which this Python
needs torch and transformers. TRL, checkpointed, follows against tokens a row as far as --trl-longest says. Prints Markdown.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile, time

ALIGN = str(pathlib.Path(__file__).resolve().parent.parent.parent / "align")

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["time", "memory", "sizes"])
parser.add_argument("--model", required=True)
parser.add_argument("--rows")
parser.add_argument("--text")
parser.add_argument("--align", default=ALIGN)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--batches", default="2,4,8,12,16")
parser.add_argument("--budget", type=int, default=1024)
parser.add_argument("--steps", type=int, default=500)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--max-length", type=int, default=128)
parser.add_argument("--threads", default="auto")
parser.add_argument("--tokens", default="128,256,512,1024,2048,4096,8192")
parser.add_argument("--answers", default="2,4,8,16")
parser.add_argument("--thread-counts", default="1,2")
parser.add_argument("--vocabularies", default="49152,98304,196608")
parser.add_argument("--widths", default="192,576,1152")
parser.add_argument("--trl-python")
parser.add_argument("--trl-longest", type=int, default=4096)
options = parser.parse_args()
if (options.text if options.what == "sizes" else options.rows) is None:
    parser.error("sizes needs --text, time and memory need --rows")
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


def long_rows(folder, tokens, answers, rows):
    """Rows whose prompt with one answer has about so many tokens, three quarters of them the prompt's; answers share a prompt by twos."""
    made = pathlib.Path(folder, "text.jsonl")
    a_quarter = max(1, round(tokens / 1.35 / 4))
    prompts = -(-rows * 2 // answers)
    words = [sys.executable, str(pathlib.Path(__file__).with_name("long_rows.py")), options.text, str(made), "--rows", str(prompts),
             "--prompt-words", str(3 * a_quarter), "--answer-words", str(a_quarter * answers // 2)]
    subprocess.run(words, check=True)
    lines = []
    for row in map(json.loads, made.read_text(encoding="utf-8").splitlines()):
        halves = [row[side][0]["content"].split() for side in ("chosen", "rejected")]
        for i in range(answers // 2):
            chosen, rejected = ([{"role": "assistant", "content": " ".join(half[i * a_quarter:(i + 1) * a_quarter])}] for half in halves)
            lines.append(json.dumps({"prompt": row["prompt"], "chosen": chosen, "rejected": rejected}))
    path = pathlib.Path(folder, "rows.jsonl")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def model_of(folder, **sizes):
    import torch, transformers
    config = transformers.AutoConfig.from_pretrained(options.model)
    for name, value in sizes.items():
        setattr(config, name, value)
    torch.manual_seed(1)
    transformers.AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(options.model).save_pretrained(folder)
    return folder


def sized(name, size, model, rows, pairs, threads="2"):
    words = [options.align, "bench", "--model", model, "--data", rows, "--dtype", "bf16", "--batch-size", str(pairs), "--max-length",
             "8192", "--too-long", "keep-start", "--recompute", "true", "--micro-batch-tokens", "512", "--steps", "1",
             "--answer-tokens", "0", "--threads", threads]
    done = subprocess.run(words, env=dict(os.environ, ALIGN4J_HEAP="256m"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
    document = json.loads(done.stdout[done.stdout.index("{"):])
    tokens, seconds, peak = document["layout"]["tokens_computed"], document["training"]["seconds"], document["peak_memory_bytes"]
    forecast = document["forecast"]
    print(f"| {name} {size} | {tokens} | {seconds:.2f} | {tokens / seconds:.0f} | {peak / 2**30:.2f} "
          f"| {100 * forecast['peak_bytes'] / peak - 100:+.0f} %, {100 * forecast['step_seconds'] / seconds - 100:+.0f} % "
          f"| {100 * forecast.get('attention_share', 0):.0f} % |", flush=True)


def trl_sized(size, rows):
    words = [options.trl_python, str(pathlib.Path(__file__).with_name("trl_dpo_speed.py")), options.model, rows, "--steps", "1",
             "--warm-up", "0", "--batch", "2", "--micro", "1", "--max-length", "8192", "--cached", "--recompute"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"| TRL, tokens a row {size} | | failed | | | | |", flush=True)
        return
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"| TRL, tokens a row {size} | | {figures['median_step_seconds']:.2f} | | {figures['peak_memory_bytes'] / 2**30:.2f} | | |",
          flush=True)


def numbers(text):
    return [int(number) for number in text.split(",") if number]


def sizes():
    print("| what grows | tokens a step | seconds | tokens/s | peak RSS, GiB | forecast: peak, seconds | attention, forecast |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for size in numbers(options.tokens):
            rows = long_rows(folder, size, 2, 2)
            sized("tokens a row", size, options.model, rows, 2)
            if options.trl_python and size <= options.trl_longest:
                trl_sized(size, rows)
        for size in numbers(options.answers):
            sized("answers a prompt", size, options.model, long_rows(folder, 1024, size, 8), 8)
        rows = long_rows(folder, 1024, 2, 2)
        for size in numbers(options.thread_counts):
            sized("threads", size, options.model, rows, 2, str(size))
        for size in numbers(options.vocabularies):
            sized("vocabulary", size, model_of(folder + f"/v{size}", vocab_size=size), rows, 2)
        for size in numbers(options.widths):
            heads = {"num_attention_heads": size // 64, "num_key_value_heads": max(1, size // 192), "intermediate_size": 8 * size // 3}
            sized("width", size, model_of(folder + f"/w{size}", hidden_size=size, **heads), rows, 2)


{"time": step_time, "memory": memory, "sizes": sizes}[options.what]()
