"""DPO by tinker's SDK beside `align dpo`: python tinker_dpo.py BASE_URL [MODEL] [KEY], with a server of fp32 and ALIGN4J naming the program align.

Twenty steps with the Adam settings, the rates, the batches and the first adapter of the command, the loss in torch. Held: losses 1e-6 apart at most, the
adapters 1e-4 in relative norm.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from parts import check, rows

os.environ.setdefault("TINKER_TELEMETRY", "0")
HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "tml-any"
ALIGN = os.environ["ALIGN4J"]

import tinker
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tinker import types

STEPS, BATCH, BETA, RANK, SEED = 20, 8, 0.1, 16, 42
LOSSES, NORM = 1e-6, 1e-4


def command(model, data, run):
    """`align dpo` in the file's order; its losses, rates and adapter."""
    options = {
        "model": model, "data": data, "out": run, "max-steps": STEPS, "batch-size": BATCH, "beta": BETA, "lora-rank": RANK,
        "lora-alpha": 32, "seed": SEED, "shuffle": "false", "threads": 1, "dtype": "fp32", "device": "cpu", "report": "false",
    }  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()]
    subprocess.run([ALIGN, "dpo", *words], check=True, stdout=subprocess.DEVNULL)
    steps = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [step for step in steps if "loss" in step]
    return [step["loss"] for step in steps], [step["learning_rate"] for step in steps], load_file(run / "adapter" / "adapter_model.safetensors")


def datum(tokenizer, prompt, answer):
    """A conversation whose answer counts, with all that the template puts behind it, as the command and TRL have it."""
    start = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, tokenize=True, return_dict=False)
    whole = tokenizer.apply_chat_template(prompt + answer, tokenize=True, return_dict=False)
    check(whole[: len(start)] == start, "the prompt's tokens begin the whole's")
    mask = [0.0] * (len(start) - 1) + [1.0] * (len(whole) - len(start))
    inputs = {"target_tokens": whole[1:], "weights": mask}
    return types.Datum(model_input=types.ModelInput.from_ints(whole[:-1]), loss_fn_inputs=inputs)


def summed(data, logprobs):
    return [(own.double() * each.loss_fn_inputs["weights"].to_torch().double()).sum() for own, each in zip(logprobs, data)]


def wire(client, pairs, rates):
    tokenizer = client.get_tokenizer()
    batches = []
    for first in range(0, STEPS * BATCH, BATCH):
        some = pairs[first : first + BATCH]
        batches.append([datum(tokenizer, pair["prompt"], pair[answer]) for pair in some for answer in ("chosen", "rejected")])
    reference = []
    for data in batches:
        found = client.forward(data, "cross_entropy").result().loss_fn_outputs
        reference.append(summed(data, [torch.tensor(each["logprobs"].data) for each in found]))
    losses = []
    for data, fixed, rate in zip(batches, reference, rates):

        def dpo(data, logprobs):
            ratio = [own - before for own, before in zip(summed(data, logprobs), fixed)]
            loss = -sum(F.logsigmoid(BETA * (ratio[i] - ratio[i + 1])) for i in range(0, len(ratio), 2)) / BATCH
            losses.append(loss.item())
            return loss, {}

        client.forward_backward_custom(data, dpo).result()
        client.optim_step(types.AdamParams(learning_rate=rate, beta1=0.9, beta2=0.999, eps=1e-8, grad_clip_norm=1.0)).result()
    return losses


def relative(one, other, names):
    square = sum((one[name].double() - other[name].double()).square().sum().item() for name in names)
    return math.sqrt(square / sum(one[name].double().square().sum().item() for name in names))


def main():
    with tinker.ServiceClient(base_url=HOST, api_key=KEY) as service:
        client = service.create_lora_training_client(base_model=MODEL, rank=RANK, seed=SEED, train_unembed=False).result()
        model = client.get_info().model_data.tokenizer_id
        folder = Path(tempfile.mkdtemp())
        data = folder / "pairs.jsonl"
        data.write_bytes(rows("train.jsonl", 0, STEPS * BATCH))
        own, rates, adapter = command(model, data, folder / "run")
        check(len(own) == STEPS, own)
        losses = wire(client, [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()], rates)
        path = client.save_weights_external("end").result().path
        urls = tinker.RestClient(base_url=HOST, api_key=KEY).get_external_weights_urls(path).result().urls
        file = folder / "wire.safetensors"
        file.write_bytes(urllib.request.urlopen(urls["adapter_model.safetensors"]).read())
        other = load_file(file)
    check(other.keys() == adapter.keys(), (sorted(other), sorted(adapter)))
    apart = max(abs(one - two) for one, two in zip(own, losses))
    norm = relative(adapter, other, list(adapter))
    learned = relative(adapter, other, [name for name in adapter if "lora_B" in name])  # B begins at 0, so that all of it was learned
    print(f"tinker: DPO, {STEPS} steps, loss {own[0]:.4f} to {own[-1]:.4f}; losses {apart:.1e} apart, adapters {norm:.1e}, their B {learned:.1e}")
    check(own[-1] < own[0] and apart <= LOSSES and norm <= NORM, list(zip(own, losses)))


main()
