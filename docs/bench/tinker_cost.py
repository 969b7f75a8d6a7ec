#!/usr/bin/env python3
"""What calls of Tinker's wire cost the server in processor time: tinker_cost.py URL MODEL [ROUNDS], beside `align serve --threads 1`, with tinker 0.38.0.

forward_backward of cross_entropy and of importance_sampling, forward, and optim_step, over 16 pairs of 24 tokens; prints medians in milliseconds. The
server's process is found by serve.json's pid in the environment variable SERVER_PID.
"""

import os
import random
import statistics
import sys

os.environ["TINKER_TELEMETRY"] = "0"
import tinker
from tinker import types

URL, MODEL, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20
SERVER = os.environ["SERVER_PID"]


def cpu_millis():
    fields = open(f"/proc/{SERVER}/stat").read().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tensor(values, dtype):
    return types.TensorData(data=values, dtype=dtype, shape=[len(values)])


def data(drawn):
    rng, rows = random.Random(36), []
    for _ in range(32):
        tokens = [3 + rng.randrange(200) for _ in range(24)]
        inputs = {"logprobs": tensor([-3.0] * 23, "float32"), "advantages": tensor([1.0] * 23, "float32")}
        inputs = inputs if drawn else {"weights": tensor([1.0] * 23, "float32")}
        inputs["target_tokens"] = tensor(tokens[1:], "int64")
        rows.append(types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs=inputs))
    return rows


service = tinker.ServiceClient(base_url=URL, api_key="tml-bench")
client = service.create_lora_training_client(base_model=MODEL, rank=16, seed=7, train_unembed=False).result()
weighted, drawn = data(False), data(True)
calls = {
    "forward_backward cross_entropy": lambda: client.forward_backward(weighted, "cross_entropy").result(),
    "forward_backward importance_sampling": lambda: client.forward_backward(drawn, "importance_sampling").result(),
    "forward": lambda: client.forward(weighted, "cross_entropy").result(),
    "optim_step": lambda: client.optim_step(types.AdamParams(learning_rate=1e-4)).result(),
}
taken = {name: [] for name in calls}
for round in range(-1, ROUNDS):
    for name, call in calls.items():
        before = cpu_millis()
        call()
        if round >= 0:
            taken[name].append(cpu_millis() - before)
for name, millis in taken.items():
    print(f"{name}: {statistics.median(millis):.0f} ms")
