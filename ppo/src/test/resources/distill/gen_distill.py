#!/usr/bin/env python3
"""Three updates of generalised knowledge distillation on given answers, in plain torch, beside the loss of TRL's GKDTrainer.

    python gen_distill.py --student ../reference/traces/grpo_dapo_beta/models/policy --out .

Writes a teacher of another width and depth (teacher/) and distill.json. The divergence is written out from its definition, sums of
p log(p / m) in float64 of float32 logits' softmax; AdamW, clipping and schedule are torch's. TRL's figure of the first step is that of
GKDTrainer.generalized_jsd_loss on the same logits (trl 1.16.0), where it has such a loss: over all tokens.
"""
import argparse
import json
import os

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

CASES = [
    {"beta": 0.0, "top_k": 0, "temperature": 1.0},
    {"beta": 0.3, "top_k": 0, "temperature": 1.0},
    {"beta": 0.5, "top_k": 0, "temperature": 1.0},
    {"beta": 1.0, "top_k": 0, "temperature": 1.0},
    {"beta": 0.5, "top_k": 0, "temperature": 0.7},
    {"beta": 0.0, "top_k": 5, "temperature": 1.0},
    {"beta": 0.4, "top_k": 5, "temperature": 0.8},
    {"beta": 1.0, "top_k": 7, "temperature": 1.0},
]
STEPS, BATCH, RATE = 3, 4, 2e-3


def divergence(zq, zp, case):
    """[T] of student's and teacher's logits [T, V]."""
    q = torch.softmax(zq.double() / case["temperature"], -1)
    p = torch.softmax(zp.double() / case["temperature"], -1)
    if case["top_k"]:
        kept = zp.topk(case["top_k"], -1).indices
        rest = lambda d: torch.cat([d.gather(1, kept), d.scatter(1, kept, 0.0).sum(-1, True)], 1)
        q, p = rest(q), rest(p)
    kl = lambda a, b: (a * (a / b).log()).sum(-1)
    b = case["beta"]
    if b == 0:
        return kl(p, q)
    if b == 1:
        return kl(q, p)
    m = (1 - b) * q + b * p
    return b * kl(p, m) + (1 - b) * kl(q, m)


def logits(model, row):
    """Of the positions that predict the completion's tokens."""
    ids = torch.tensor([row["prompt_ids"] + row["completion_ids"]])
    return model(ids).logits[0, len(row["prompt_ids"]) - 1 : -1]


def batch_loss(student, teacher, rows, case):
    total, hits = [], 0
    for row in rows:
        zq = logits(student, row)
        with torch.no_grad():
            zp = logits(teacher, row)
        total.append(divergence(zq, zp, case))
        hits += int((zq.argmax(-1) == zp.argmax(-1)).sum())
    tokens = sum(len(t) for t in total)
    return torch.cat(total).sum() / tokens, hits / tokens


def trl_loss(student, teacher, rows, case):
    from trl.experimental.gkd import GKDTrainer

    with torch.no_grad():
        zq = torch.cat([logits(student, r) for r in rows])[None]
        zp = torch.cat([logits(teacher, r) for r in rows])[None]
    labels = torch.ones(zq.shape[:2], dtype=torch.long)
    return float(GKDTrainer.generalized_jsd_loss(zq, zp, labels=labels, beta=case["beta"], temperature=case["temperature"]))


def run(a, case, rows):
    student = LlamaForCausalLM.from_pretrained(a.student, dtype=torch.float32)
    teacher = LlamaForCausalLM.from_pretrained(os.path.join(a.out, "teacher"), dtype=torch.float32).eval()
    out = dict(case, steps=[])
    first = rows[:BATCH]
    if not case["top_k"]:
        out["trl"] = trl_loss(student, teacher, first, case)
    optimizer = torch.optim.AdamW(student.parameters(), lr=RATE, weight_decay=0.0)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        optimizer.zero_grad()
        loss, agreement = batch_loss(student, teacher, rows[step * BATCH : (step + 1) * BATCH], case)
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0))
        optimizer.step()
        out["steps"].append({"loss": float(loss), "agreement": agreement, "grad_norm": norm})
    out["norms"] = {n: float(p.detach().double().norm()) for n, p in student.named_parameters()}
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--student", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(3)
    spec = json.load(open(os.path.join(a.student, "config.json")))
    config = LlamaConfig(
        vocab_size=spec["vocab_size"], hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=12, max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=2, pad_token_id=0, initializer_range=0.3,
    )
    teacher = LlamaForCausalLM(config)
    folder = os.path.join(a.out, "teacher")
    os.makedirs(folder, exist_ok=True)
    state = {n: p.detach().contiguous() for n, p in teacher.named_parameters()}
    save_file(state, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    plain = config.to_dict()
    plain.update(architectures=["LlamaForCausalLM"], torch_dtype="float32", rope_theta=10000.0)
    json.dump(plain, open(os.path.join(folder, "config.json"), "w"), indent=1)
    rng = np.random.Generator(np.random.PCG64(5))
    rows = []
    for _ in range(STEPS * BATCH):
        rows.append({"prompt_ids": [int(x) for x in rng.integers(3, config.vocab_size, int(rng.integers(2, 8)))],
                     "completion_ids": [int(x) for x in rng.integers(3, config.vocab_size, int(rng.integers(2, 12)))]})
    import transformers
    import trl

    json.dump(
        {"versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__, "trl": trl.__version__},
         "batch": BATCH, "learning_rate": RATE, "rows": rows, "cases": [run(a, case, rows) for case in CASES]},
        open(os.path.join(a.out, "distill.json"), "w"), indent=1)


if __name__ == "__main__":
    main()
