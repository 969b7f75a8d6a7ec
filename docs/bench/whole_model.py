#!/usr/bin/env python3
"""A whole model of Llama's shape, trained by `align dpo` through the command line, killed and resumed once, beside its forecast.

    docs/bench/whole_model.py TOKENIZER_FOLDER WORK [--shape small|1b|8b] [--method qlora] [--weights resident] [--undisturbed] [--keep]

Writes a checkpoint with random weights under WORK (bf16, in shards; 8b: Llama-3-8B's shape, 16 GB) with the tokenizer of TOKENIZER_FOLDER,
and eight pairs of 300 tokens: a prompt of 100 and two answers of 100. Then: `align bench --plan`; `align dpo`, two steps of four pairs, which
is killed (SIGKILL) when its first checkpoint stands; `align resume`. --undisturbed: once more in one go, whose adapter must be the resumed
one's, byte by byte. Prints peak memory (VmHWM), of it what is the process's own and what is mapped from files, as sampled (these pages the
system takes back where it needs them), open files, and seconds, beside the forecast. Ends with exit code 1 where a first loss isn't ln 2,
the adapters differ, or the peak is more than a tenth and 128 MiB beside the forecast. 8b needs 25 GB of disk; all of it is removed at the end unless --keep.
"""
import argparse, array, filecmp, json, math, os, pathlib, random, shutil, signal, subprocess, sys, threading, time

HERE = pathlib.Path(__file__).resolve().parent
GIB = 2**30
# hidden, intermediate, layers, heads, key heads, vocabulary (0: the tokenizer's), tied
SHAPES = {
    "small": (768, 2048, 10, 12, 4, 0, False),
    "1b": (2048, 8192, 16, 32, 8, 128_256, True),
    "8b": (4096, 14_336, 32, 32, 8, 128_256, False),
}
SHARD_BYTES = 5 * 10**9
PERIOD = 1_048_583  # numbers, a prime: no two rows of a matrix are alike
DEVIATION = 0.02
STEPS, PAIRS, PART = 2, 4, 100
SMALL = 128 * 2**20  # bytes by which a process may differ whatever it trains

parser = argparse.ArgumentParser()
parser.add_argument("tokenizer", type=pathlib.Path)
parser.add_argument("work", type=pathlib.Path)
parser.add_argument("--shape", choices=SHAPES, default="small")
parser.add_argument("--method", choices=["qlora", "lora"], default="qlora")
parser.add_argument("--weights", choices=["resident", "mapped"], default="resident")
parser.add_argument("--dtype", default="auto")
parser.add_argument("--products", default="auto")
parser.add_argument("--threads", default="auto")
parser.add_argument("--heap", default="256m", help="of Java")
parser.add_argument("--align", default=str(HERE.parent.parent / "align"))
parser.add_argument("--undisturbed", action="store_true")
parser.add_argument("--bytes-alone", action="store_true", help="the forecast of a dry run, which computes nothing and knows no seconds")
parser.add_argument("--keep", action="store_true", help="checkpoint and cache stay under WORK for another run of this script")
options = parser.parse_args()


def fail(sentence):
    sys.exit(f"whole_model.py: {sentence}")


def tensors(vocabulary):
    """Names and shapes in the order of Hugging Face's files."""
    hidden, intermediate, layers, heads, key_heads, _, tied = SHAPES[options.shape]
    keys = hidden // heads * key_heads
    yield "model.embed_tokens.weight", (vocabulary, hidden)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (hidden,)
        yield prefix + "mlp.down_proj.weight", (hidden, intermediate)
        yield prefix + "mlp.gate_proj.weight", (intermediate, hidden)
        yield prefix + "mlp.up_proj.weight", (intermediate, hidden)
        yield prefix + "post_attention_layernorm.weight", (hidden,)
        yield prefix + "self_attn.k_proj.weight", (keys, hidden)
        yield prefix + "self_attn.o_proj.weight", (hidden, hidden)
        yield prefix + "self_attn.q_proj.weight", (hidden, hidden)
        yield prefix + "self_attn.v_proj.weight", (keys, hidden)
    yield "model.norm.weight", (hidden,)
    if not tied:
        yield "lm_head.weight", (vocabulary, hidden)


def shards(vocabulary):
    """Lists of (name, shape, bytes), each of at most SHARD_BYTES."""
    found, size = [[]], 0
    for name, shape in tensors(vocabulary):
        count = 2 * math.prod(shape)
        if found[-1] and size + count > SHARD_BYTES:
            found.append([])
            size = 0
        found[-1].append((name, shape, count))
        size += count
    return found


def normals():
    """Normal numbers in bf16, PERIOD of them over and over, as bytes."""
    source = random.Random(7)
    words = array.array("I", array.array("f", (source.gauss(0, DEVIATION) for _ in range(PERIOD))).tobytes())
    block = array.array("H", (min(word + 0x8000, 0xFFFFFFFF) >> 16 for word in words))
    if sys.byteorder == "big":
        block.byteswap()
    return block.tobytes() * 16


def write(model, vocabulary):
    hidden, intermediate, layers, heads, key_heads, _, tied = SHAPES[options.shape]
    parts = shards(vocabulary)
    total = sum(count for part in parts for _, _, count in part)
    # The checkpoint, its layers in few bits, and what a run writes.
    needed = total + total // 3 + 3 * 10**9
    model.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(model).free < needed:
        fail(f"{model} has {shutil.disk_usage(model).free / 1e9:.1f} GB free and shape {options.shape} needs {needed / 1e9:.1f} GB; give another WORK.")
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": hidden, "intermediate_size": intermediate,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": key_heads, "max_position_embeddings": 8192,
        "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "tie_word_embeddings": tied, "torch_dtype": "bfloat16", "vocab_size": vocabulary,
    }
    (model / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    for file in options.tokenizer.iterdir():
        if file.name.startswith(("tokenizer", "special_tokens", "chat_template", "vocab", "merges")):
            shutil.copy(file, model / file.name)
    numbers = memoryview(normals())
    place, index = 0, {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):05}.safetensors"
        header, end = {"__metadata__": {"format": "pt"}}, 0
        for tensor, shape, count in part:
            header[tensor] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + count]}
            index[tensor] = name
            end += count
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(model / name, "wb", buffering=0) as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for tensor, shape, count in part:
                if len(shape) == 1:
                    file.write(b"\x80\x3f" * shape[0])
                    continue
                while count:
                    piece = numbers[place:place + min(count, len(numbers) - place)]
                    written = file.write(piece)
                    place = (place + written) % len(numbers)
                    count -= written
    (model / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": index}), encoding="utf-8")
    return total


def rows(path, known):
    source = random.Random(5)
    ids = lambda: [source.randrange(known) for _ in range(PART)]
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(STEPS * PAIRS):
            file.write(json.dumps({"prompt_ids": ids(), "chosen_ids": ids(), "rejected_ids": ids()}) + "\n")


class Watched:
    """A command, its lines with the seconds at which they came, and what its Java takes."""

    def __init__(self, words, log):
        self.begun = time.monotonic()
        self.process = subprocess.Popen([str(word) for word in words], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.peak, self.own, self.mapped, self.files, self.java = 0, 0, 0, 0, None
        self.text, self.errors = [], []
        self.log = open(log, "w", encoding="utf-8")
        self.readers = [threading.Thread(target=self.read, args=(self.process.stdout, self.text)),
                        threading.Thread(target=self.read, args=(self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()

    def read(self, stream, lines):
        for line in stream:
            lines.append(line)
            self.log.write(f"{self.seconds():8.1f}  {line}")
            self.log.flush()

    def seconds(self):
        return time.monotonic() - self.begun

    def find(self):
        """The launcher becomes Java, or starts it."""
        found = [self.process.pid]
        for pid in found:
            try:
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "java\n":
                    return pid
                found += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                continue
        return None

    def sample(self):
        self.java = self.java or self.find()
        if self.java is None:
            return
        try:
            status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{self.java}/status").read_text().splitlines())
            size = lambda key: int(status[key].split()[0]) * 1024 if key in status else 0
            self.peak = max(self.peak, size("VmHWM"))
            self.own = max(self.own, size("RssAnon"))
            self.mapped = max(self.mapped, size("RssFile"))
            self.files = max(self.files, len(os.listdir(f"/proc/{self.java}/fd")))
        except OSError:
            pass

    def wait(self, until=lambda: False):
        """Waits for the end; kills it where what is waited for comes first. Returns whether it was killed."""
        killed = False
        while self.process.poll() is None:
            self.sample()
            if not killed and until():
                os.kill(self.java, signal.SIGKILL)
                killed = True
            time.sleep(0.05)
        for reader in self.readers:
            reader.join()
        self.taken = self.seconds()
        if self.process.returncode and not killed:
            fail(f"exit code {self.process.returncode}: {self.log.name}\n{''.join(self.errors)[-3000:]}")
        return killed

    def document(self):
        text = "".join(self.text)
        return json.loads(text[text.rindex("\n{") + 1:] if "\n{" in text else text)


def metrics(out):
    steps = (json.loads(line) for line in open(out / "metrics.jsonl", encoding="utf-8"))
    return {step["step"]: step for step in steps if "loss" in step}


def main():
    model, cache, data = options.work / f"llama-{options.shape}", options.work / "cache", options.work / "rows.jsonl"
    known = len(json.loads((options.tokenizer / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    vocabulary = SHAPES[options.shape][5] or known
    if not (model / "model.safetensors.index.json").is_file():
        begun = time.monotonic()
        total = write(model, vocabulary)
        print(f"Wrote {total / 1e9:.2f} GB to {model} in {time.monotonic() - begun:.0f} s.", flush=True)
    rows(data, min(known, vocabulary))
    common = ["--model", model, "--data", data, "--method", options.method, "--weights", options.weights, "--batch-size", PAIRS, "--max-length", 512,
              "--max-steps", STEPS, "--dtype", options.dtype, "--products", options.products, "--device", "cpu", "--threads", options.threads]
    dpo = lambda out: [options.align, "dpo", *common, "--save-every", 1, "--samples", 0, "--report", "false", "--out", out]
    planned = ["dpo", "--dry-run", "--json"] if options.bytes_alone else ["bench", "--plan"]
    plan = Watched([options.align, *planned, *common], options.work / "plan.log")
    plan.wait()
    forecast = plan.document()["forecast"]
    print(f"{forecast['parameters'] / 1e9:.2f} billion numbers, {options.method}, weights {options.weights}; the plan took {plan.taken:.0f} s.", flush=True)
    out = options.work / "killed"
    shutil.rmtree(out, ignore_errors=True)
    first = Watched(dpo(out), options.work / "first.log")
    killed = first.wait(lambda: (out / "checkpoints" / "step-000001").is_dir())
    before = metrics(out)
    settled = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    print(f"dtype {settled['dtype']}, products {settled['products']}, {settled['cores']} cores; {first.taken:.0f} s until "
          f"{'it was killed' if killed else 'its end'}.", flush=True)
    again = Watched([options.align, "resume", out], options.work / "again.log")
    again.wait()
    sides = [("plan", plan, ""), ("begun and killed" if killed else "begun, over before the kill", first, before), ("resumed", again, metrics(out))]
    wrong = [] if killed else ["the run was over before it was killed"]
    if abs(before[1]["loss"] - math.log(2)) > 1e-12:
        wrong.append(f"the first loss is {before[1]['loss']}")
    if options.undisturbed:
        whole = options.work / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        side = Watched(dpo(whole), options.work / "whole.log")
        side.wait()
        sides.append(("in one go", side, metrics(whole)))
        if not filecmp.cmp(out / "adapter" / "adapter_model.safetensors", whole / "adapter" / "adapter_model.safetensors", shallow=False):
            wrong.append("the resumed run has another adapter than the undisturbed one")
    print("| | peak | own | mapped | open files | seconds in all | step 1 | step 2 |\n|---|---|---|---|---|---|---|---|")
    gib = lambda count: f"{count / GIB:.2f} GiB"
    seconds = lambda name: f"{forecast[name]:.1f}" if name in forecast else ""
    print(f"| forecast | {gib(forecast['peak_bytes'])} | | | | {seconds('seconds')} | {seconds('step_seconds')} | {seconds('step_seconds')} |")
    for name, side, steps in sides:
        taken = [f"{steps[step]['seconds']:.1f}" if steps and step in steps else "" for step in (1, 2)]
        print(f"| {name} | {gib(side.peak)} | {gib(side.own)} | {gib(side.mapped)} | {side.files} | {side.taken:.0f} | {' | '.join(taken)} |")
        beside = abs(side.peak - forecast["peak_bytes"])
        if side is not plan and beside > max(0.1 * forecast["peak_bytes"], SMALL):
            wrong.append(f"{name}: the peak is {100 * (side.peak / forecast['peak_bytes'] - 1):+.0f} % beside the forecast")
    print("Forecast: " + ", ".join(f"{name[:-6]} {gib(value)}" for name, value in forecast.items() if name.endswith("_bytes")) + ".", flush=True)
    if not options.keep:
        for folder in (model, cache):
            shutil.rmtree(folder)
    if wrong:
        fail("; ".join(wrong) + f"; the logs are in {options.work}.")


if not (options.tokenizer / "tokenizer.json").is_file():
    fail(f"{options.tokenizer} has no tokenizer.json; give the folder of a model.")
options.work.mkdir(parents=True, exist_ok=True)
ENVIRONMENT = {**os.environ, "ALIGN4J_CACHE": str(options.work.resolve() / "cache"), "ALIGN4J_HEAP": options.heap}
main()
