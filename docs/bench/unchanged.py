#!/usr/bin/env python3
"""Whether a change of the code changes what people get: a fixed list of runs and commands, whose files are compared.

    docs/bench/unchanged.py record BEFORE [--align ./align] [--keep DIR] [--only NAME,…]
    docs/bench/unchanged.py compare BEFORE [--align ./align] [--kept DIR] [--only NAME,…]

record runs every command with one checkout's `align` and leaves in the folder BEFORE what each run and command left: hashes.json has hashes
of adapters, models, metrics.jsonl, TensorBoard's figures and answers, and documents/ the texts themselves (config.yaml, result.json, manifest.json, the report, the
documents of doctor, convert, split, compare and eval, every --help). compare does the same with another checkout, names what differs and shows
the first lines of each difference; exit 1 if anything does. Masked are times, speeds, memory, ids, dates, the hashes of scripts that hold such
figures, and the checkout's own folder, and nothing else: both runs work in one folder, so that paths agree. --keep leaves begun runs in DIR,
stopped after their first half; --kept resumes these and compares the end with that of the undisturbed run. Figures hold on one kind of
processor with one number of threads: record and compare on one machine. Uses data/demo of the checkout that this script lies in and a model
of that size; takes about three minutes on two idle cores.
"""
import argparse, difflib, hashlib, json, os, pathlib, random, re, shutil, struct, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = ROOT / "data" / "demo"
MODEL = str(DEMO / "model")
VARYING = {"seconds", "tokens_per_second", "peak_memory_bytes"}
DOCUMENTS = ("config.yaml", "result.json", "manifest.json", "report.html", "rows.json", "samples.json", "warnings.json")
MASKS = [
    (r'"(\w*seconds\w*|tokens_per_second|peak_memory_bytes|run_id|options_sha256|started|finished|created|time)" *: *'
     r'("[^"]*"|[-\d.eE+]+)', r'"\1": …'),
    (r'"(seconds/\w+)" *: *[-\d.eE+]+', r'"\1": …'),
    (r"'sha256-[\w+/=]+'", "'sha256-…'"),
    (r"\b(\w*seconds|attention_share|peak_bytes|limit_bytes|level) [\d.]+", r"\1 …"),
    (r'("(?:attention_share|peak_bytes|limit_bytes|level)" : )[\d.]+', r"\1…"),
    (r'(<th scope="row">(?:seconds|tokens_per_second|peak_memory_bytes)</th><td>)[^<]*', r"\1…"),
    (r'("group":"What did it cost\?"[^}]*?"steps":)\[[^\]]*\],"values":\[[^\]]*\]', r"\1…"),
    (r"[\d,.]+ (?:hours?|h|minutes?|min|seconds?|s|ms|GiB|MiB|KiB|GB|MB|kB|tok/s|tokens/s|tokens (?:a|per) second|pairs/s)\b", "…"),
    (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?", "…"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "…"),
]
RATE = ["--learning-rate", "5e-4"]
REPORTED = {"dpo", "kto", "sft-full", "reward", "grpo"}

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["record", "compare"])
parser.add_argument("file")
parser.add_argument("--align", type=lambda path: str(pathlib.Path(path).resolve()), default=str(ROOT / "align"))
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
                                       "--schedule", "constant", "--threads", options.threads, "--seed", "5", "--report", "true" if name in REPORTED else "false"]
    for name, words in runs.items():
        if "ppo" in words[0]:
            place = words.index("--batch-size")
            del words[place:place + 2]
    return runs


def align(words, folder, expected=0):
    environment = dict(os.environ, ALIGN4J_CACHE=str(folder / "cache"))
    done = subprocess.run([options.align, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment, cwd=folder, check=False)
    if done.returncode != expected:
        sys.exit(f"align {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout + (done.stderr if expected else "")


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def metrics_hash(path):
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        figures = json.loads(line, parse_float=str)
        kept.append({key: value for key, value in figures.items() if key.removeprefix("eval_").split("/")[0] not in VARYING})
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]


def board_hash(path):
    """The hash of a TensorBoard file's values by step and name, without times and what else varies."""
    data, at, kept = path.read_bytes(), 0, []
    while at < len(data):
        length = struct.unpack_from("<Q", data, at)[0]
        event = data[at + 12:at + 12 + length]  # the first 9 bytes are the time, the next 2 the step
        values = re.findall(rb"\n.([\w/]+)\x15(.{4})", event, re.DOTALL)
        kept.append([event[9:11].hex()] + [(name.decode(), value.hex()) for name, value in values
                                           if name.decode().removeprefix("train/").removeprefix("eval/").split("/")[0] not in VARYING])
        at += 16 + length
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]


def figures(run):
    """Hashes of what a run left."""
    hashes = {"metrics": metrics_hash(run / "metrics.jsonl"),
              "tensorboard": board_hash(run / "tensorboard" / "events.out.tfevents.align4j")}
    for kind in ("adapter", "model"):
        for file in sorted((run / kind).glob("*.safetensors")):
            hashes[f"{kind}/{file.name}"] = hash_of(file)
    return hashes


def masked(text):
    for home in (ROOT, pathlib.Path(options.align).parent):
        text = text.replace(str(home) + "/", "…/")
    lines = text.split("\n")
    names = lines[0].split(",")
    if {"run", "step", "seconds"} <= set(names):
        varying = [place for place, name in enumerate(names) if name.split("/")[0] in VARYING]
        rows = [line.split(",") for line in lines[1:]]
        for row in rows:
            for place in varying:
                if len(row) == len(names) and row[place]:
                    row[place] = "…"
        text = "\n".join([lines[0]] + [",".join(row) for row in rows])
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text)
    return text


def document(name, text):
    """Keeps a document that compare shows differences of; its hash."""
    path = DOCUMENTS_DIR / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(masked(text), encoding="utf-8")
    return hash_of(path)


def documents_of(run, name):
    return {file: document(f"{name}/{file}", (run / file).read_text(encoding="utf-8")) for file in DOCUMENTS if (run / file).exists()}


def everything_in(folder, name):
    """Documents of a folder that a command left, whatever it holds."""
    return {str(file.relative_to(folder)): document(f"{name}/{file.relative_to(folder)}", file.read_text(encoding="utf-8"))
            for file in sorted(folder.rglob("*")) if file.suffix in (".json", ".jsonl", ".html", ".csv")}


def helps(folder):
    """Every command's --help and the list of commands."""
    overview = align(["--help"], folder)
    commands = re.findall(r"^  ([a-z][a-z-]*)  ", overview, re.M)
    return {"align": document("help/align", overview),
            **{command: document(f"help/{command}", align([command, "--help"], folder)) for command in commands}}


def commands(data, folder):
    """What each command that doesn't train leaves: its name, its words, and the folder or file of its documents."""
    votes = [json.loads(line) for line in open(data["pairs"], encoding="utf-8")]
    for number, row in enumerate(votes):
        row["annotator"] = f"person {number % 3}"
        row["note"] = "unread"
    mixed = write(folder, "votes.jsonl", [*votes, votes[0], {**votes[1], "chosen": votes[1]["rejected"], "rejected": votes[1]["chosen"]}])
    broken = folder / "broken.jsonl"
    broken.write_text(pathlib.Path(data["pairs"]).read_text(encoding="utf-8") + '{"prompt": "x", "chosen": "y"}\n{"chosen"\n', encoding="utf-8")
    sums = write(folder, "sums.jsonl", [{"query": f"What colour is the sky? {number}", "choices": ["It is blue.", "It is loud."], "gold": 0}
                                        for number in range(12)])
    answers = [write(folder, f"answers-{side}.jsonl", [{"prompt": row["prompt"][0]["content"], "output": row[side][0]["content"]}
                                                      for row in votes]) for side in ("chosen", "rejected")]
    out = folder / "commands"
    model = ["--model", MODEL, "--threads", options.threads]
    return {
        "doctor": (["doctor", "--data", mixed, "--fail-on", "never", "--out", str(out / "doctor")], 0),
        "doctor-model": (["doctor", "--data", data["pairs"], *model, "--fail-on", "never", "--out", str(out / "doctor-model")], 0),
        "doctor-broken": (["doctor", "--data", str(broken), "--out", str(out / "doctor-broken")], 1),
        "convert-openai": (["convert", "--data", data["pairs"], "--to", "openai", "--out", str(out / "convert-openai" / "rows.jsonl")], 0),
        "convert-kto": (["convert", "--data", data["pairs"], "--to", "kto", "--out", str(out / "convert-kto" / "rows.jsonl")], 0),
        "convert-broken": (["convert", "--data", str(broken), "--to", "trl", "--out", str(out / "convert-broken" / "rows.jsonl")], 2),
        "split": (["split", "--data", data["pairs"], "--fractions", "train=.8,val=.2", "--by", "prompt", "--out", str(out / "split")], 0),
        "compare": (["compare", "--answers", ",".join(answers), "--judge", "implicit:" + str(folder / "whole" / "dpo-fp32"),
                     "--prompts", data["pairs"], "--threads", options.threads, "--out", str(out / "compare")], 0),
        "eval": (["eval", *model, "--tasks", sums, "--out", str(out / "eval")], 0),
        "render": (["render", *model[:2], "--data", data["pairs"]], 0),
        "dry-run": (["dpo", *model, "--data", data["pairs"], "--dry-run"], 0),
        "report-two": (["report", str(folder / "whole" / "dpo-fp32"), str(folder / "whole" / "simpo-fp32"), "--csv", str(out / "report-two" / "two.csv")], 0),
    }


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
    wanted = [name for name in options.only.split(",") if name] or [*runs, "demo", "help", "commands"]
    found = {}
    for name in wanted:
        if name == "demo":
            out = folder / "whole" / "demo"
            align(["demo", "--json", "--out", str(out)], folder)
            found["demo"] = figures(out) | documents_of(out, "demo")
            continue
        if name == "help":
            found["help"] = helps(folder)
            continue
        if name == "commands":
            for command, (words, expected) in commands(data, folder).items():
                (folder / "commands" / command).mkdir(parents=True, exist_ok=True)
                printed = document(f"{command}/printed", align(words, folder, expected))
                found[command] = {"printed": printed} | everything_in(folder / "commands" / command, command)
                print(f"{command}: {len(found[command])} documents", file=sys.stderr, flush=True)
            continue
        out = folder / "whole" / name
        align([*runs[name], "--out", str(out)], folder)
        found[name] = figures(out) | documents_of(out, name)
        if name.startswith(("dpo-fp32", "dpo-bf16", "sft", "ppo", "grpo")):
            found[name]["answers"] = answers(out, data, folder, name)
        if options.keep:
            align([*half(runs[name]), "--out", str(pathlib.Path(options.keep) / name)], folder)
        if options.kept:
            begun = folder / "begun" / name
            shutil.copytree(pathlib.Path(options.kept) / name, begun)
            align(["resume", str(begun), "--max-steps", "4"], folder)
            found[name + " resumed"] = {key: value for key, value in figures(begun).items() if key not in ("metrics", "tensorboard")}
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return found


before_dir = pathlib.Path(options.file).resolve()
DOCUMENTS_DIR = before_dir / "documents" if options.what == "record" else pathlib.Path(tempfile.mkdtemp())
# One folder for both, so that the paths in documents agree. Rows are named in config.yaml: begun runs find them again there.
work = pathlib.Path(tempfile.gettempdir()) / "align4j-unchanged"
shutil.rmtree(work, ignore_errors=True)
work.mkdir(parents=True)
if options.what == "record":
    shutil.rmtree(before_dir, ignore_errors=True)
    before_dir.mkdir(parents=True)
    found = everything(work)
    (before_dir / "hashes.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.exit()
before = json.loads((before_dir / "hashes.json").read_text(encoding="utf-8"))
after = everything(work)


def show(name, file):
    """The first lines in which a document differs."""
    old, new = (folder / name / file for folder in (before_dir / "documents", DOCUMENTS_DIR))
    if old.exists() and new.exists():
        lines = difflib.unified_diff(old.read_text(encoding="utf-8").splitlines(), new.read_text(encoding="utf-8").splitlines(), lineterm="", n=0)
        print("".join(f"    {line[:200]}\n" for line in list(lines)[2:14]), end="")


different = 0
for name, hashes in after.items():
    if name.endswith(" resumed"):
        # A run of two steps has evaluated its own end: only what is trained must agree.
        expected = {key: value for key, value in before[name.removesuffix(" resumed")].items() if key.startswith(("adapter/", "model/"))}
    else:
        expected = before.get(name, {})
    for key in sorted(hashes.keys() | expected.keys()):
        if hashes.get(key) != expected.get(key):
            different += 1
            print(f"{name}, {key}: {expected.get(key, 'absent')} before, {hashes.get(key, 'absent')} after")
            show(name, key)
print(f"{len(after)} runs and commands compared, {different} files differ")
sys.exit(1 if different else 0)
