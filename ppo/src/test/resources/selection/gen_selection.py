#!/usr/bin/env python3
"""Losses and gradients of TRL's GRPOTrainer._compute_loss (trl 1.16.0) where some responses or tokens are left out, in float64.

    python gen_selection.py --inputs ../reference/losses/grpo.json --out selection.json

The log-probabilities, entropies and advantages are those of grpo.json; the model is a stub that returns them. A truncated response has
no token in completion_mask, as GRPOTrainer._generate_and_score_completions leaves it.
"""
import argparse
import json
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl.trainer.grpo_trainer import GRPOTrainer

CASES = [
    {"name": "truncated, grpo", "loss_type": "grpo", "truncated": [1, 4], "beta": 0.1},
    {"name": "truncated, dapo", "loss_type": "dapo", "truncated": [0, 5]},
    {"name": "truncated, bnpo", "loss_type": "bnpo", "truncated": [2]},
    {"name": "truncated, dr_grpo", "loss_type": "dr_grpo", "truncated": [2, 3], "beta": 0.05},
    {"name": "truncated, luspo", "loss_type": "luspo", "truncated": [2], "level": "sequence"},
    {"name": "entropy, grpo", "loss_type": "grpo", "top_entropy": 0.5, "beta": 0.1},
    {"name": "entropy, dapo", "loss_type": "dapo", "top_entropy": 0.23},
    {"name": "entropy of what counts", "loss_type": "dapo", "top_entropy": 0.3, "truncated": [0, 3], "beta": 0.2},
    {"name": "sequence mask, grpo", "loss_type": "grpo", "max_kl": 0.02, "beta": 0.1},
    {"name": "sequence mask, cispo", "loss_type": "cispo", "max_kl": 0.01, "eps_high": 5.0},
    {"name": "all of it", "loss_type": "dapo", "max_kl": 0.02, "top_entropy": 0.6, "truncated": [4], "beta": 0.05},
]


class Acc:
    num_processes = 1
    gather = staticmethod(lambda x: x)
    gather_for_metrics = staticmethod(lambda x: x)
    pad_across_processes = staticmethod(lambda x, dim=0, pad_index=0: x)
    reduce = staticmethod(lambda x, reduction=None: x)


class Stub(torch.nn.Module):
    pass


def run(case, inputs):
    t = lambda key: torch.tensor(inputs[key], dtype=torch.float64)
    old, ref, entropies = t("old_logps"), t("ref_logps"), t("entropies")
    x = t("new_logps").requires_grad_(True)
    n, steps = old.shape
    mask = torch.tensor([[1] * c + [0] * (steps - c) for c in inputs["completion_len"]])
    for row in case.get("truncated", []):
        mask[row] = 0
    me = SimpleNamespace(
        model=Stub(), accelerator=Acc(), aux_loss_enabled=False, top_entropy_quantile=case.get("top_entropy", 1.0),
        off_policy_mask_threshold=case.get("max_kl"), importance_sampling_level=case.get("level", "token"), beta=case.get("beta", 0.0),
        loss_type=case["loss_type"], epsilon_low=0.2, epsilon_high=case.get("eps_high", 0.2), use_vllm=False,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None, steps_per_generation=1),
        current_gradient_accumulation_steps=1, max_completion_length=inputs["max_completion_length"], _entropy_bonus_enabled=False,
        use_adaptive_entropy=False, entropy_coef=0.0, _metrics={"train": defaultdict(list)})
    me._get_per_token_logps_and_entropies = lambda *a, **k: (x, entropies, None)
    me.get_off_policy_mask = GRPOTrainer.get_off_policy_mask
    me.get_high_entropy_mask = lambda *a, **k: GRPOTrainer.get_high_entropy_mask(me, *a, **k)
    batch = {"prompt_ids": torch.zeros(n, 1, dtype=torch.long), "prompt_mask": torch.ones(n, 1, dtype=torch.long),
             "completion_ids": torch.zeros(n, steps, dtype=torch.long), "completion_mask": mask,
             "advantages": torch.tensor(inputs["advantages"]["group"], dtype=torch.float64), "old_per_token_logps": old,
             "ref_per_token_logps": ref, "num_items_in_batch": mask.sum().double()}
    loss = GRPOTrainer._compute_loss(me, me.model, batch)
    (gradient,) = torch.autograd.grad(loss, x)
    return dict(case, loss=float(loss), gradients=gradient.tolist())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--inputs", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    inputs = json.load(open(a.inputs))
    json.dump({"source": "trl 1.16.0 GRPOTrainer._compute_loss on a stub model", "cases": [run(c, inputs) for c in CASES]}, open(a.out, "w"), indent=1)


if __name__ == "__main__":
    main()
