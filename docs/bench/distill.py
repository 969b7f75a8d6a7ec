#!/usr/bin/env python3
"""A larger model teaches the demo's: distillation on the student's own answers beside SFT on the teacher's, at equal tokens.

    python3 docs/bench/distill.py --align ./align --out runs/distill [--teacher RUN --student MODEL --prompts F --heldout F --betas 0.5]

Without --teacher it makes one: a Llama of half as much again in width and five layers over the tokenizer, 140 steps of SFT on the demo's
conversations, then DPO on its pairs. Each of three seeds: 200 prompts, four passes, 16 answers a step; SFT on four answers of the teacher to
each prompt, as many steps. Both are then compared with the teacher in their own answers to 200 other prompts. --prompts and --heldout may be several files,
comma separated. Needs Python's library alone.
"""
import argparse
import json
import math
import os
import random
import shutil
import statistics
import struct
import subprocess

SEEDS = (1, 2, 3)
WIDTH, INNER, LAYERS, HEADS, KEYS = 192, 576, 5, 6, 3


def align(a, *words):
    subprocess.run([a.align, *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def write(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def in_turn(files):
    """Rows of several files, one of each in turn."""
    return [row for rows in zip(*(lines(f) for f in files.split(","))) for row in rows]


def asked(row):
    """What of a row its model reads."""
    return {key: row[key] for key in ("prompt", "tools") if key in row}


def untrained(like, out):
    """A random Llama over another model's tokenizer, in float32."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(like, out, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.load(open(os.path.join(like, "config.json")))
    config.update(hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                  num_key_value_heads=KEYS, head_dim=WIDTH // HEADS, torch_dtype="float32")
    json.dump(config, open(os.path.join(out, "config.json"), "w"), indent=1)
    shapes = {"model.embed_tokens.weight": (config["vocab_size"], WIDTH), "model.norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        kv = WIDTH // HEADS * KEYS
        shapes.update({at + "input_layernorm.weight": (WIDTH,), at + "post_attention_layernorm.weight": (WIDTH,),
                       at + "self_attn.q_proj.weight": (WIDTH, WIDTH), at + "self_attn.k_proj.weight": (kv, WIDTH),
                       at + "self_attn.v_proj.weight": (kv, WIDTH), at + "self_attn.o_proj.weight": (WIDTH, WIDTH),
                       at + "mlp.gate_proj.weight": (INNER, WIDTH), at + "mlp.up_proj.weight": (INNER, WIDTH),
                       at + "mlp.down_proj.weight": (WIDTH, INNER)})
    rng, header, body = random.Random(7), {}, bytearray()
    for name, shape in shapes.items():
        count = math.prod(shape)
        values = [1.0] * count if len(shape) == 1 else [rng.gauss(0, 0.02) for _ in range(count)]
        begin = len(body)
        body += struct.pack(f"<{count}f", *values)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(body)]}
    head = json.dumps(header).encode()
    with open(os.path.join(out, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head + body)


def teacher(a):
    larger, sft, run = (os.path.join(a.out, n) for n in ("larger", "teacher-sft", "teacher"))
    common = ["--device", "cpu", "--dtype", "fp32", "--threads", a.threads, "--report", "false", "--samples", 0]
    if not os.path.exists(os.path.join(sft, "model")):
        untrained("data/demo/model", larger)
        shutil.rmtree(sft, ignore_errors=True)
        align(a, "sft", "--model", larger, "--method", "full", "--data", "data/demo/chats.jsonl", "--max-length", 512, "--max-steps", 140,
              "--batch-size", 32, "--learning-rate", "2e-3", "--schedule", "cosine", "--warmup-steps", 15, "--out", sft, *common)
    if not os.path.exists(os.path.join(run, "adapter")):
        shutil.rmtree(run, ignore_errors=True)
        align(a, "dpo", "--model", sft, "--data", "data/demo/train.jsonl", "--out", run, *common)
    return run


def evaluations(run):
    found = [m for m in lines(os.path.join(run, "metrics.jsonl")) if "eval_loss" in m]
    return found[0], found[-1]


def trained_tokens(run):
    return sum(m.get("responses/length", 0) for m in lines(os.path.join(run, "metrics.jsonl")) if "responses/length" in m)


def rows_of(run, when):
    return json.load(open(os.path.join(run, "evaluation.json")))[when]["rows"]


def difference(before, after):
    """Mean paired difference with its 95 % t interval (200 prompts: 1.972)."""
    d = [y - x for x, y in zip(before, after)]
    mean, half = statistics.fmean(d), 1.972 * statistics.stdev(d) / math.sqrt(len(d))
    return mean, mean - half, mean + half


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--align", default="./align")
    ap.add_argument("--out", required=True)
    ap.add_argument("--teacher")
    ap.add_argument("--student", default="data/demo/model")
    ap.add_argument("--prompts", default="data/demo/train.jsonl")
    ap.add_argument("--heldout", default="data/demo/heldout.jsonl")
    ap.add_argument("--rate", default="1e-3")
    ap.add_argument("--threads", default="1")
    ap.add_argument("--betas", default="0,0.5,1")
    a = ap.parse_args()
    betas = a.betas.split(",")
    os.makedirs(a.out, exist_ok=True)
    prompts = write(os.path.join(a.out, "prompts.jsonl"), [asked(r) for r in in_turn(a.prompts)[:200]])
    heldout = write(os.path.join(a.out, "heldout.jsonl"), [asked(r) for r in in_turn(a.heldout)[:200]])
    model = a.teacher or teacher(a)
    common = ["--device", "cpu", "--dtype", "fp32", "--threads", a.threads, "--report", "false", "--samples", 0]
    answers = ["--max-new-tokens", 48]

    def distilled(name, student, rate, *more):
        run = os.path.join(a.out, name)
        if not os.path.exists(os.path.join(run, "adapter")):
            shutil.rmtree(run, ignore_errors=True)
            align(a, "distill", "--model", student, "--teacher", model, "--prompts", prompts, "--eval-data", heldout, "--out", run,
                  "--learning-rate", rate, *answers, *common, *more)
        return run

    print("| run | seed | divergence before | after | change, 95 % interval | agreement before | after | answer tokens |")
    print("|---|---:|---:|---:|---|---:|---:|---:|")
    for seed in SEEDS:
        runs = {f"distill, beta {b}": (distilled(f"distill-{b}-{seed}", a.student, a.rate, "--epochs", 4, "--seed", seed, "--divergence-beta", b), b)
                for b in betas}
        drawn = os.path.join(a.out, f"answers-{seed}.jsonl")
        if not os.path.exists(drawn):
            align(a, "generate", "--model", model, "--prompts", prompts, "--out", drawn, "--samples", 4, "--seed", seed, *answers,
                  "--device", "cpu", "--dtype", "fp32", "--threads", a.threads)
        rows = lines(prompts)
        taught = write(os.path.join(a.out, f"taught-{seed}.jsonl"), [
            {"messages": rows[r["row"]]["prompt"] + [{"role": "assistant", "content": r["completion"]}],
             **{key: rows[r["row"]][key] for key in ("tools",) if key in rows[r["row"]]}}
            for r in sorted(lines(drawn), key=lambda r: (r["sample"], r["row"]))])
        sft = os.path.join(a.out, f"sft-{seed}")
        if not os.path.exists(os.path.join(sft, "adapter")):
            shutil.rmtree(sft, ignore_errors=True)
            align(a, "sft", "--model", a.student, "--data", taught, "--out", sft, "--epochs", 1, "--seed", seed, "--learning-rate", a.rate, *common)
        for b in betas:
            looked = distilled(f"sft-seen-{b}-{seed}", sft, "1e-12", "--max-steps", 1, "--seed", seed, "--divergence-beta", b)
            runs[f"SFT on the teacher's answers, by beta {b}"] = (looked, b)
        for name, (run, b) in runs.items():
            own = os.path.join(a.out, f"distill-{b}-{seed}")
            first, last = rows_of(own, "first"), rows_of(run, "last")
            mean, low, high = difference(first["divergences"], last["divergences"])
            start = evaluations(own)[0]
            end = evaluations(run)[1]
            tokens = (16 * trained_tokens(run) if name.startswith("distill")
                      else sum(len(r["completion_ids"]) for r in lines(drawn)))
            print(f"| {name} | {seed} | {statistics.fmean(first['divergences']):.4f} | {statistics.fmean(last['divergences']):.4f} "
                  f"| {mean:+.4f}, {low:+.4f} to {high:+.4f} | {start['eval_teacher/agreement']:.3f} | {end['eval_teacher/agreement']:.3f} | {tokens:,.0f} |",
                  flush=True)


if __name__ == "__main__":
    main()
