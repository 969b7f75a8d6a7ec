#!/usr/bin/env python3
"""Compares `align eval` with lm-evaluation-harness on multiple choice, item by item, in fp32.

    python3 docs/bench/lm_eval_peer.py --model DIR --out DIR [--questions TruthfulQA.csv.gz | --rows F] [--items N]
        [--few-shot N] [--chat-template] [--seed 42] [--lm-eval lm_eval] [--align ./align] [--golden F]

It makes MC1 rows of TruthfulQA's questions (the best answer against the incorrect ones) in the layout {"query", "choices", "gold"},
writes a local task for lm-evaluation-harness over the same file, runs both programs with one thread, and prints in how many items the
choice is the same, how far log-likelihoods are apart at most, and the figures of both. A part whose output lies in --out already is not
run again. With --golden lm-evaluation-harness runs alone and what it finds is written for the tests. Needs Python's standard library, and lm_eval (0.4.13) as a program. Exit code 1: they disagree.
"""
import argparse
import csv
import glob
import gzip
import json
import os
import subprocess
import sys

NAME = "mc"
FIGURES = [("acc", "acc,none"), ("acc_stderr", "acc_stderr,none"), ("acc_norm", "acc_norm,none"),
           ("acc_norm_stderr", "acc_norm_stderr,none"), ("acc_bytes", "acc_bytes,none")]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--questions", default="../shared/data/eval/TruthfulQA.csv.gz")
    parser.add_argument("--rows", help="rows of multiple choice in place of the questions")
    parser.add_argument("--items", type=int, help="the first items alone")
    parser.add_argument("--few-shot", type=int, default=0)
    parser.add_argument("--chat-template", action="store_true")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--lm-eval", default="lm_eval")
    parser.add_argument("--align", default="./align")
    parser.add_argument("--golden", help="file for the figures of lm-evaluation-harness; align is not run")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="nats")
    return parser.parse_args()


def questions(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            best = row["Best Answer"].strip()
            wrong = [part.strip() for part in row["Incorrect Answers"].split("; ")]
            choices = [best] + [text for text in dict.fromkeys(wrong) if text and text != best]
            yield {"query": "Q: " + row["Question"].strip() + "\nA:", "choices": choices, "gold": 0}


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write_rows(args, path):
    rows = lines(args.rows) if args.rows else list(questions(args.questions))
    rows = rows[: args.items] if args.items else rows
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
    return len(rows)


def write_task(folder, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, NAME + ".yaml"), "w", encoding="utf-8") as file:
        file.write(f"""task: {NAME}
dataset_path: json
dataset_name: null
dataset_kwargs:
  data_files:
    test: {rows}
test_split: test
fewshot_split: test
output_type: multiple_choice
doc_to_text: "{{{{query}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: acc_bytes
metadata:
  version: 1
""")


def run(command, env):
    print("$ " + " ".join(command), file=sys.stderr)
    subprocess.run(command, check=True, env=env, stdout=sys.stderr)


def theirs(args, out, rows):
    folder = os.path.join(out, "lm_eval")
    if not glob.glob(folder + "/**/samples_*.jsonl", recursive=True):
        write_task(os.path.join(out, "task"), rows)
        command = [args.lm_eval, "run", "--model", "hf", "--model_args",
                   f"pretrained={os.path.abspath(args.model)},dtype=float32", "--tasks", NAME, "--include_path",
                   os.path.join(out, "task"), "--device", "cpu", "--batch_size", "8", "--log_samples", "--output_path",
                   folder, "--num_fewshot", str(args.few_shot), "--seed", str(args.seed)]
        command += ["--apply_chat_template"] if args.chat_template else []
        run(command, {**os.environ, "OMP_NUM_THREADS": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1",
                      "HF_HOME": os.path.join(out, "hf"), "TOKENIZERS_PARALLELISM": "false"})
    samples = lines(glob.glob(folder + "/**/samples_*.jsonl", recursive=True)[0])
    with open(glob.glob(folder + "/**/results_*.json", recursive=True)[0], encoding="utf-8") as file:
        figures = json.load(file)["results"][NAME]
    samples.sort(key=lambda sample: sample["doc_id"])
    likelihoods = [[float(answer[0][0]) if isinstance(answer[0], list) else float(answer[0]) for answer in sample["resps"]]
                   for sample in samples]
    return likelihoods, figures


def ours(args, out, rows):
    folder = os.path.join(out, "align")
    if not os.path.exists(os.path.join(folder, "eval.json")):
        command = [args.align, "eval", "--model", args.model, "--tasks", rows, "--out", folder, "--dtype", "fp32",
                   "--device", "cpu", "--threads", "1", "--seed", str(args.seed), "--few-shot", str(args.few_shot),
                   "--apply-chat-template", str(args.chat_template).lower()]
        run(command, dict(os.environ))
    with open(os.path.join(folder, "eval.json"), encoding="utf-8") as file:
        figures = json.load(file)["tasks"][NAME]
    return lines(os.path.join(folder, f"items-{NAME}.jsonl")), figures


def first_best(values):
    return max(range(len(values)), key=lambda i: values[i])


def main():
    args = arguments()
    out = os.path.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    rows = os.path.join(out, NAME + ".jsonl")
    count = write_rows(args, rows)
    their_likelihoods, their_figures = theirs(args, out, rows)
    if args.golden:
        with open(args.golden, "w", encoding="utf-8") as file:
            json.dump({"few_shot": args.few_shot, "chat_template": args.chat_template, "seed": args.seed,
                       "figures": {name: their_figures[key] for name, key in FIGURES},
                       "log_likelihoods": their_likelihoods}, file, indent=1)
            file.write("\n")
        return
    our_items, our_figures = ours(args, out, rows)
    if not len(their_likelihoods) == len(our_items) == count:
        sys.exit(f"{count} rows, but {len(their_likelihoods)} and {len(our_items)} items")
    same = worst = choices = 0
    for their, our in zip(their_likelihoods, our_items):
        same += first_best(their) == our["choice"]
        if len(their) != len(our["log_likelihoods"]):
            sys.exit(f"item {our['item']}: {len(their)} and {len(our['log_likelihoods'])} choices")
        worst = max([worst] + [abs(a - b) for a, b in zip(their, our["log_likelihoods"])])
        choices += len(their)
    print(f"{same} of {count} items with the same choice; {choices} log-likelihoods, at most {worst:.2e} nats apart")
    agree = same == count and worst <= args.tolerance
    for name, key in FIGURES:
        print(f"{name}: lm_eval {their_figures[key]!r}, align {our_figures[name]!r}")
        agree = agree and abs(their_figures[key] - our_figures[name]) < 1e-12
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
