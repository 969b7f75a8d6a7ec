#!/usr/bin/env python3
"""What Align4J does on other kinds of x86 processors, simulated on this one by the variables that limit instructions.

    docs/bench/processors.py MODEL_FOLDER ROWS.jsonl WORK [--kinds avx2,avx512,avx512_bf16,all] [--lib LIB] [--threads 1] [--steps 1] [--batch 4]

For each kind: what was measured and what auto chooses (align env), a DPO of two steps in each precision whose first loss must be ln 2 and which a
second start must give again bit by bit, the speed of auto beside each choice (align bench, in turn), and, with --lib (the jars of a zip), whether
a queue's answers in company are those it gives alone (Exactness.java). WORK keeps caches and runs. A processor that lacks a kind's
instructions leaves that kind out.
"""
import argparse, filecmp, json, math, os, pathlib, shutil, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ("MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")
KINDS = {
    "avx2": ("AVX2", "AVX2", "avx2"),
    "avx512": ("AVX512", "AVX512_CORE", "avx512"),
    "avx512_bf16": ("AVX512", "AVX512_CORE_BF16", "avx512"),
    "all": (),
}
FLAGS = {"avx2": "avx2", "avx512": "avx512f", "avx512_bf16": "avx512_bf16", "all": "avx2"}
CHOICES = {"auto": ("auto", "auto"), "bf16": ("bf16", "bf16"), "fp32": ("fp32", "fp32"), "bf16 in fp32": ("bf16", "fp32")}

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("rows", type=pathlib.Path)
parser.add_argument("work", type=pathlib.Path)
parser.add_argument("--kinds", default=",".join(KINDS))
parser.add_argument("--align", default=str(HERE.parent.parent / "align"))
parser.add_argument("--lib", help="the folder of a zip's jars, for the queue's exactness")
parser.add_argument("--queue-tokens", type=int, default=20000, help="of answers that a queue reads in company, some 1,000 requests")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--steps", type=int, default=1, help="that are timed; 0: none")
parser.add_argument("--batch", type=int, default=4)
parser.add_argument("--max-length", type=int, default=512)
options = parser.parse_args()
if not options.rows.is_file():
    sys.exit(f"processors.py: {options.rows} is no file; helpful_base_rows.py writes rows.")


def run(words, environment):
    done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"processors.py: exit code {done.returncode}: {' '.join(map(str, words))}\n{done.stderr[-3000:]}")
    return done.stdout


def document(text):
    return json.loads(text[text.rindex("\n{") + 1:] if "\n{" in text else text)


def common(dtype, products):
    return ["--model", options.model, "--data", options.rows, "--dtype", dtype, "--products", products, "--device", "cpu", "--threads",
            options.threads, "--max-length", options.max_length, "--too-long", "drop", "--batch-size", options.batch]


def trained(kind, name, dtype, products, environment):
    """Whether two runs begin at ln 2 and end in the same adapter."""
    adapters = []
    for again in ("one", "two"):
        out = options.work / kind / f"{name.replace(' ', '-')}-{again}"
        shutil.rmtree(out, ignore_errors=True)
        run([options.align, "dpo", *common(dtype, products), "--max-steps", 2, "--samples", 0, "--report", "false", "--out", out], environment)
        first = next(json.loads(line) for line in open(out / "metrics.jsonl", encoding="utf-8") if '"loss"' in line)
        if abs(first["loss"] - math.log(2)) > 1e-12:
            return f"first loss {first['loss']}"
        adapters.append(out / "adapter" / "adapter_model.safetensors")
    return "yes" if filecmp.cmp(*adapters, shallow=False) else "another adapter each time"


def speed(dtype, products, environment):
    words = [options.align, "bench", "--json", *common(dtype, products), "--steps", options.steps, "--warm-up-steps", 1, "--answer-tokens", 0]
    return document(run(words, environment))["training"]["pairs_per_second_with_reference"]


def exactness(dtype, environment):
    words = ["java", "-Xmx2g", "-Dai.djl.pytorch.graph_optimizer=false", "-cp", f"{options.lib}/*", HERE / "Exactness.java", options.model, dtype,
             options.queue_tokens]
    return next(line for line in reversed(run(words, environment).splitlines()) if "in company" in line).strip()


def main():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    print("| kind | fp32 / bf16, GFLOP/s, 8 rows | 1,024 rows | auto stores, multiplies | same bits, first loss ln 2 | pairs/s: "
          + ", ".join(CHOICES) + " | queue |\n|---|---|---|---|---|---|---|")
    for kind in options.kinds.split(","):
        if FLAGS[kind] not in flags:
            print(f"| {kind} | this processor has no {FLAGS[kind]} | | | | | |")
            continue
        environment = {**os.environ, "ALIGN4J_CACHE": str(options.work / kind / "cache"), **dict(zip(NAMES, KINDS[kind]))}
        environment.pop("ALIGN4J_PRODUCTS", None)
        (options.work / kind).mkdir(parents=True, exist_ok=True)
        figures = document(run([options.align, "env", "--json"], {**environment, "ALIGN4J_JAVA_OPTS": f"-Dai.djl.pytorch.num_threads={options.threads}"}))["products"]
        same = {name: trained(kind, name, *choice, environment) for name, choice in CHOICES.items()}
        speeds = [f"{speed(*choice, environment):.3f}" if options.steps else "" for choice in CHOICES.values()]
        pair = lambda rows: f"{figures[f'fp32_gflops_rows_{rows}']} / {figures[f'bf16_gflops_rows_{rows}']}"
        queue = exactness(figures["auto_dtype"], environment) if options.lib else ""
        wrong = [f"{name}: {found}" for name, found in same.items() if found != "yes"]
        print(f"| {kind} | {pair(8)} | {pair(1024)} | {figures['auto_dtype']}, {figures['auto_products']} | {'; '.join(wrong) or 'yes, all four'} | "
              f"{', '.join(speeds)} | {queue} |", flush=True)


main()
