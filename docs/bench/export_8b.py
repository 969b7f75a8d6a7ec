#!/usr/bin/env python3
"""Exports a model of Llama 8 B's shape with a small Java heap, and says what it took: python3 docs/bench/export_8b.py WORK --align ./align [--layers N] [--types f16,q8_0].

The model is made in WORK: random bf16 weights in shards of 5 GB, one block of numbers repeated; with all 32 layers it takes 16 GB, and a file as much
or half of it. Each line has the seconds, the megabytes read and written per second, the most memory that the process held, and the most of it that the
heap had. The model and the files are deleted at the end.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

HIDDEN, INNER, HEADS, KEYS, VOCABULARY = 4096, 14336, 32, 8, 128256
BLOCK = 1 << 24
SHARD = 5 << 30


def tensors(layers):
    """Names and shapes, as a checkpoint has them."""
    width = HIDDEN // HEADS * KEYS
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for layer in range(layers):
        name = f"model.layers.{layer}."
        yield name + "self_attn.q_proj.weight", (HIDDEN, HIDDEN)
        yield name + "self_attn.k_proj.weight", (width, HIDDEN)
        yield name + "self_attn.v_proj.weight", (width, HIDDEN)
        yield name + "self_attn.o_proj.weight", (HIDDEN, HIDDEN)
        yield name + "mlp.gate_proj.weight", (INNER, HIDDEN)
        yield name + "mlp.up_proj.weight", (INNER, HIDDEN)
        yield name + "mlp.down_proj.weight", (HIDDEN, INNER)
        yield name + "input_layernorm.weight", (HIDDEN,)
        yield name + "post_attention_layernorm.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def size(shape):
    return 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)


def block():
    """Random bf16 numbers between 0.004 and 0.03 in magnitude, of either sign."""
    values = bytearray(os.urandom(BLOCK))
    values[1::2] = values[1::2].translate(bytes(0x3C if i < 128 else 0xBC for i in range(256)))
    return bytes(values)


def shard(file, entries, numbers):
    head, at = {}, 0
    for name, shape in entries:
        head[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, at + size(shape)]}
        at += size(shape)
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _ in range(at // BLOCK):
            out.write(numbers)
        out.write(numbers[: at % BLOCK])


def make(folder, layers, tokenizer):
    folder.mkdir(parents=True)
    shards, room = [[]], SHARD
    for entry in tensors(layers):
        if size(entry[1]) > room:
            shards.append([])
            room = SHARD
        shards[-1].append(entry)
        room -= size(entry[1])
    numbers, index = block(), {}
    for number, entries in enumerate(shards):
        name = f"model-{number + 1:05d}-of-{len(shards):05d}.safetensors"
        shard(folder / name, entries, numbers)
        index |= {tensor: name for tensor, _ in entries}
    total = sum(size(shape) for _, shape in tensors(layers))
    json.dump(
        {"metadata": {"total_size": total}, "weight_map": index}, open(folder / "model.safetensors.index.json", "w")
    )
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEYS,
        "num_hidden_layers": layers,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 8192,
        "rope_theta": 500000.0,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    json.dump(config, open(folder / "config.json", "w"))
    for file in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]:
        shutil.copy(tokenizer / file, folder / file)
    return total


def copied(source, target):
    """Megabytes per second of a plain copy, forced to the disk."""
    begun = time.monotonic()
    with open(source, "rb") as read, open(target, "wb") as written:
        shutil.copyfileobj(read, written, BLOCK)
        written.flush()
        os.fsync(written.fileno())
    rate = 2 * target.stat().st_size / 1e6 / (time.monotonic() - begun)
    target.unlink()
    return rate


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("work", type=pathlib.Path)
    options.add_argument("--align", default="./align")
    options.add_argument("--layers", type=int, default=32)
    options.add_argument("--types", default="f16,q8_0")
    options.add_argument("--heap", default="1g")
    options.add_argument("--tokenizer", type=pathlib.Path, default=pathlib.Path("data/play/model"))
    options.add_argument("--check", action="store_true", help="check the files too")
    given = options.parse_args()
    model = given.work / "model"
    try:
        total = make(model, given.layers, given.tokenizer)
        print(f"{total / 2e9:.2f} billion weights, {total / 1e9:.1f} GB")
        rate = copied(next(model.glob("*.safetensors")), given.work / "copy")
        print(f"a plain copy of a shard: {rate:.0f} MB/s read and written")
        for kind in given.types.split(","):
            out, log = given.work / f"model.{kind}.gguf", given.work / "gc.log"
            words = given.align.split() + ["export", "--model", str(model), "--to", "gguf", "--type", kind, "--out", str(out)]
            words += [] if given.check else ["--check", "false"]
            flags = os.environ.get("ALIGN4J_JAVA_OPTS", "") + f" -Xlog:gc*:file={log}"
            begun = time.monotonic()
            process = subprocess.Popen(
                words, env=os.environ | {"ALIGN4J_HEAP": given.heap, "ALIGN4J_JAVA_OPTS": flags}
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begun
            if status != 0:
                raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
            held = used.ru_maxrss / 1e6
            heaps = [int(found) for found in re.findall(r"(\d+)M->\d+M\(\d+M\)", log.read_text())]
            moved = (total + out.stat().st_size) / 1e6 / seconds
            print(
                f"{kind}: {out.stat().st_size / 1e9:.1f} GB in {seconds:.0f} s, {moved:.0f} MB/s read and written, at most"
                f" {held:.2f} GB of memory (files that are mapped among them), {max(heaps, default=0)} MB of it heap"
            )
            out.unlink()
    finally:
        shutil.rmtree(model, ignore_errors=True)


if __name__ == "__main__":
    main()
