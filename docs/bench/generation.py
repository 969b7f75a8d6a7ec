#!/usr/bin/env python3
"""Generation beside transformers and OpenVINO GenAI, for docs/results-notes.md: all sides in turn, several times.

    docs/bench/generation.py --model MODEL_FOLDER --prompts prompts.jsonl --peer "transformers=PYTHON hf_generate.py" \
      [--peer "OpenVINO=PYTHON openvino_generate.py --model EXPORTED_FOLDER"] [--rounds 3] [--new-tokens 128]

prompts.jsonl: one {"prompt": text} a line, taken as it is. First, each in a process of its own, how fast the first answers come
(`align generate` and the peers with one repeat); then the best of several in one process (Generation.java and the peers). A peer that names
no --model of its own reads MODEL_FOLDER. Prints Markdown.
"""
import argparse, json, os, pathlib, re, statistics, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent.parent

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--prompts", required=True)
parser.add_argument("--peer", action="append", required=True, metavar="NAME=WORDS", help="a peer's Python, script and own options; may be given again")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--repeat", type=int, default=3, help="runs in one process of which the best counts")
parser.add_argument("--new-tokens", type=int, default=128)
options = parser.parse_args()


def output(words, environment=os.environ, stream="stdout"):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return getattr(done, stream)


def peer(command, repeat):
    words = command.split()
    if "--model" not in words:
        words += ["--model", options.model]
    words += ["--prompts", options.prompts, "--new-tokens", str(options.new_tokens), "--repeat", str(repeat)]
    return json.loads(output(words).strip().splitlines()[-1])["tokens_per_second"]


def ours_first():
    with tempfile.TemporaryDirectory() as folder:
        words = [str(HOME / "align"), "generate", "--model", options.model, "--prompts", options.prompts, "--dtype", "bf16",
                 "--ignore-eos", "true", "--max-new-tokens", str(options.new_tokens), "--out", str(pathlib.Path(folder, "answers.jsonl"))]
        said = output(words, stream="stderr")
    return float(re.search(r"([\d.,]+) a second", said)[1].replace(",", ""))


def ours_best():
    """As `align generate` starts Java, with a program of our own instead of the command line."""
    application = HOME / "examples" / "target" / "app"
    library = application / (application / "current").read_text().strip() / "lib"
    environment = dict(os.environ, DJL_OFFLINE="true", OPT_OUT_TRACKING="true", RUST_FLAVOR="cpu", MALLOC_ARENA_MAX="16",
                       MALLOC_TRIM_THRESHOLD_="268435456", MALLOC_MMAP_THRESHOLD_="268435456")
    words = ["java", "-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-XX:MaxNewSize=48m", "-XX:SurvivorRatio=2",
             "-XX:TieredStopAtLevel=1", "-Dai.djl.default_engine=PyTorch", "-Dai.djl.pytorch.graph_optimizer=false",
             f"-Dai.djl.pytorch.num_threads={os.cpu_count()}", "-cp", f"{library}/*", str(HERE / "Generation.java"),
             options.model, options.prompts, str(options.new_tokens), str(options.repeat)]
    return max(json.loads(output(words, environment).strip().splitlines()[-1])["tokens_per_second"])


PEERS = dict(named.split("=", 1) if "=" in named else ("the peer", named) for named in options.peer)
PROTOCOLS = {"first answers": (ours_first, 1), f"best of {options.repeat} in one process": (ours_best, options.repeat)}
figures = {name: [] for name in PROTOCOLS}
for number in range(options.rounds):
    for name, (ours, repeat) in PROTOCOLS.items():
        own = ours()
        figures[name].append((own, {peer_name: peer(command, repeat) for peer_name, command in PEERS.items()}))
        print(f"round {number + 1}: {name}: {figures[name][-1]}", file=sys.stderr, flush=True)
print("| tokens/s, medians | peer | Align4J | the peer | ratio, median | from | to |\n|---|---|---|---|---|---|---|")
for name, rounds in figures.items():
    for peer_name in PEERS:
        ratios = [own / theirs[peer_name] for own, theirs in rounds]
        print(f"| {name} | {peer_name} | {statistics.median(own for own, _ in rounds):.0f} "
              f"| {statistics.median(theirs[peer_name] for _, theirs in rounds):.0f} "
              f"| {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |")
