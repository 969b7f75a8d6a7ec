#!/usr/bin/env python3
"""Whether a change of the code changes results: a fixed list of runs, whose files are compared byte by byte.

    docs/bench/unchanged.py record BEFORE.json [--align ./align] [--keep DIR] [--only NAME,…]
    docs/bench/unchanged.py compare BEFORE.json [--align ./align] [--kept DIR] [--only NAME,…]

record runs every command with one checkout's `align` and writes down a hash of each run's adapter or model, of its metrics.jsonl (without
seconds, seconds/…, tokens_per_second and peak_memory_bytes) and of its answers. compare does the same with another checkout and names what
differs; exit 1 if anything does. --keep leaves begun runs in DIR, stopped after their first half; --kept resumes these and compares the
end with that of the undisturbed run. Figures hold on one kind of processor with one number of threads: record and compare on one machine.
Uses data/demo of the checkout that this script lies in and a model of that size; takes about five minutes on two idle cores.
"""
import argparse, hashlib, json, os, pathlib, random, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = ROOT / "data" / "demo"
MODEL = str(DEMO / "model")
VARYING = {"seconds", "tokens_per_second", "peak_memory_bytes"}
RATE = ["--learning-rate", "5e-4"]

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["record", "compare"])
parser.add_argument("file")
parser.add_argument("--align", default=str(ROOT / "align"))
parser.add_argument("--keep")
parser.add_argument("--kept")
parser.add_argument("--only", default="")
parser.add_argument("--threads", default="2")
options = parser.parse_args()


def rows(name):
    return [json.loads(line) for line in open(DEMO / name, encoding="utf-8")]


def write(folder, name, lines):
    path = folder / name
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def make_data(folder):
    """Small files of each kind of rows, from the demo's."""
    pairs = rows("train.jsonl")[:96]
    held = rows("heldout.jsonl")[:32]
    unpaired = [row for pair in pairs for row in (
        {"prompt": pair["prompt"], "completion": pair["chosen"], "label": True},
        {"prompt": pair["prompt"], "completion": pair["rejected"], "label": False})]
    rng = random.Random(7)
    steps = []
    for pair in pairs:
        courteous = [sentence for sentence in pair["chosen"][0]["content"].split(". ") if sentence]
        curt = [sentence for sentence in pair["rejected"][0]["content"].split(". ") if sentence]
        parts = [(text, True) for text in courteous] + [(text, False) for text in curt]
        rng.shuffle(parts)
        steps.append({"prompt": pair["prompt"][0]["content"], "completions": [text for text, _ in parts],
                      "labels": [right for _, right in parts]})
    return {
        "pairs": write(folder, "pairs.jsonl", pairs),
        "held": write(folder, "held.jsonl", held),
        "unpaired": write(folder, "unpaired.jsonl", unpaired),
        "steps": write(folder, "steps.jsonl", steps),
        "chats": write(folder, "chats.jsonl", rows("chats.jsonl")[:96]),
        "prompts": write(folder, "prompts.jsonl", [{"prompt": pair["prompt"]} for pair in pairs]),
    }


def training_runs(data):
    """Every run by name: the command and its options."""
    pairs = ["--data", data["pairs"], "--eval-data", data["held"]]
    ppo = ["ppo", "--data", data["prompts"], "--reward", "length", "--rollouts-per-step", "16", "--max-new-tokens", "24",
           "--kl-coefficient", "0.02", *RATE]
    named = {
        "dpo": ["dpo", *pairs, *RATE],
        "dpo-kept-start": ["dpo", *pairs, *RATE, "--lora-variant", "dora", "--recompute", "true"],
        "kto": ["dpo", "--loss", "kto", "--data", data["unpaired"], *RATE],
        "simpo": ["dpo", "--loss", "simpo", *pairs, *RATE],
        "tdpo": ["dpo", "--loss", "tdpo", *pairs, *RATE],
        "beta-dpo": ["dpo", "--loss", "beta_dpo", *pairs, *RATE],
        "mix": ["dpo", "--loss", "sigmoid,bco_pair,sft", "--loss-weights", "0.8,0.2,1", *pairs, *RATE],
        "qlora": ["dpo", "--method", "qlora", *pairs, *RATE],
        "synced": ["dpo", *pairs, *RATE, "--reference-sync-steps", "2"],
        "sft-full": ["sft", "--method", "full", "--data", data["chats"], "--learning-rate", "1e-4"],
        "reward": ["reward", *pairs, *RATE],
        "process-reward": ["reward", "--data", data["steps"], *RATE],
        "ppo": ppo,
        "grpo": [*ppo, "--algorithm", "grpo"],
    }
    runs = {}
    for dtype in ("fp32", "bf16"):
        for name, words in named.items():
            runs[f"{name}-{dtype}"] = [*words, "--model", MODEL, "--dtype", dtype, "--batch-size", "16", "--max-steps", "4",
                                       "--schedule", "constant", "--threads", options.threads, "--seed", "5", "--report", "false"]
    for name, words in runs.items():
        if "ppo" in words[0]:
            place = words.index("--batch-size")
            del words[place:place + 2]
    return runs


def align(words, folder):
    environment = dict(os.environ, ALIGN4J_CACHE=str(folder / "cache"))
    done = subprocess.run([options.align, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment, check=False)
    if done.returncode:
        sys.exit(f"align {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def metrics_hash(path):
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        figures = json.loads(line, parse_float=str)
        kept.append({key: value for key, value in figures.items() if key.removeprefix("eval_").split("/")[0] not in VARYING})
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]


def figures(run):
    """Hashes of what a run left."""
    hashes = {"metrics": metrics_hash(run / "metrics.jsonl")}
    for kind in ("adapter", "model"):
        for file in sorted((run / kind).glob("*.safetensors")):
            hashes[f"{kind}/{file.name}"] = hash_of(file)
    return hashes


def answers(model, data, folder, name):
    out = folder / f"{name}.jsonl"
    align(["generate", "--model", str(model), "--prompts", data["prompts"], "--max-new-tokens", "24", "--out", str(out),
           "--threads", options.threads, "--seed", "3"], folder)
    return hash_of(out)


def half(words):
    place = words.index("--max-steps") + 1
    return [*words[:place], "2", *words[place + 1:]]


def everything(folder):
    data = make_data(folder)
    runs = training_runs(data)
    wanted = [name for name in options.only.split(",") if name] or [*runs, "demo"]
    found = {}
    for name in wanted:
        if name == "demo":
            out = folder / "whole" / "demo"
            align(["demo", "--json", "--out", str(out)], folder)
            found["demo"] = figures(out)
            continue
        out = folder / "whole" / name
        align([*runs[name], "--out", str(out)], folder)
        found[name] = figures(out)
        if name.startswith(("dpo-fp32", "dpo-bf16", "sft", "ppo", "grpo")):
            found[name]["answers"] = answers(out, data, folder, name)
        if options.keep:
            align([*half(runs[name]), "--out", str(pathlib.Path(options.keep) / name)], folder)
        if options.kept:
            begun = folder / "begun" / name
            shutil.copytree(pathlib.Path(options.kept) / name, begun)
            align(["resume", str(begun), "--max-steps", "4"], folder)
            found[name + " resumed"] = figures(begun)
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return found


with tempfile.TemporaryDirectory() as temporary:
    # Rows are named in config.yaml: begun runs find them again in the folder that keeps them.
    folder = pathlib.Path(options.keep or options.kept or temporary).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    work = folder if not options.kept else pathlib.Path(temporary)
    if options.what == "record":
        pathlib.Path(options.file).write_text(json.dumps(everything(work), indent=1) + "\n", encoding="utf-8")
        sys.exit()
    before = json.loads(pathlib.Path(options.file).read_text(encoding="utf-8"))
    after = everything(work)

different = 0
for name, hashes in after.items():
    if name.endswith(" resumed"):
        # A run of two steps has evaluated its own end: only what is trained must agree.
        expected = {key: value for key, value in before[name.removesuffix(" resumed")].items() if key not in ("metrics", "answers")}
        hashes = {key: value for key, value in hashes.items() if key != "metrics"}
    else:
        expected = before.get(name)
    if hashes != expected:
        different += 1
        print(f"{name}: {expected} before, {hashes} after")
print(f"{len(after)} runs compared, {different} differ")
sys.exit(1 if different else 0)
