#!/usr/bin/env python3
"""Whether what Tinker's wire says of a token when it is drawn is what it says when the text is read: share of equal bits and largest difference, for
`forward` of the training client and `compute_logprobs` of the sampling client.

    exactness_wire.py URL MODEL TOKENS [MAX_NEW_TOKENS [AT_A_TIME]]

Beside `align serve`, with tinker 0.38.0. The adapter takes two steps first, so that it changes something. Prompts are token ids drawn with a seed, answers
are drawn at temperature 1, as many requests under way as AT_A_TIME (16) says.
"""

import os
import random
import struct
import sys

os.environ["TINKER_TELEMETRY"] = "0"
import tinker
from tinker import types

URL, MODEL, WANTED = sys.argv[1], sys.argv[2], int(sys.argv[3])
LONGEST = int(sys.argv[4]) if len(sys.argv) > 4 else 128
COMPANY = int(sys.argv[5]) if len(sys.argv) > 5 else 16


class Tally:
    def __init__(self):
        self.tokens = self.equal = 0
        self.largest = 0.0

    def add(self, one, other):
        for a, b in zip(one, other, strict=True):
            self.tokens += 1
            self.equal += struct.pack("f", a) == struct.pack("f", b)
            self.largest = max(self.largest, abs(a - b))

    def __str__(self):
        return f"{self.tokens} tokens, equal bits {100 * self.equal / self.tokens:.4f} %, largest difference {self.largest:.3g}"


def datum(tokens, weights):
    inputs = {"target_tokens": tokens[1:], "weights": types.TensorData(data=weights, dtype="float32", shape=[len(weights)])}
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs=inputs)


chance = random.Random(38)
service = tinker.ServiceClient(base_url=URL, api_key="tml-bench")
client = service.create_lora_training_client(base_model=MODEL, rank=8, seed=3).result()
for _ in range(2):
    tokens = [3 + chance.randrange(1000) for _ in range(48)]
    client.forward_backward([datum(tokens, [1.0] * 47)], "cross_entropy").result()
    client.optim_step(types.AdamParams(learning_rate=1e-3)).result()
sampler = client.save_weights_and_get_sampling_client("exactness").result()
settings = types.SamplingParams(max_tokens=LONGEST, temperature=1.0)
forward, computed, samples = Tally(), Tally(), 0
while forward.tokens < WANTED:
    prompts = [[3 + chance.randrange(1000) for _ in range(2 + chance.randrange(60))] for _ in range(COMPANY)]
    asked = [sampler.sample(types.ModelInput.from_ints(prompt), 1, settings) for prompt in prompts]
    drawn = [each.result().sequences[0] for each in asked]
    samples += len(drawn)
    texts = [prompt + list(answer.tokens) for prompt, answer in zip(prompts, drawn)]
    data = [datum(text, [0.0] * (len(prompt) - 1) + [1.0] * (len(text) - len(prompt))) for prompt, text in zip(prompts, texts)]
    read = client.forward(data, "cross_entropy").result().loss_fn_outputs
    again = [sampler.compute_logprobs(types.ModelInput.from_ints(text)) for text in texts[:2]]
    for prompt, answer, output in zip(prompts, drawn, read):
        forward.add(answer.logprobs, output["logprobs"].data[len(prompt) - 1:])
    for prompt, answer, output in zip(prompts, drawn, again):
        computed.add(answer.logprobs, output.result()[len(prompt):])
print(f"{MODEL}, {samples} answers: asample beside forward {forward}; beside compute_logprobs {computed}")
