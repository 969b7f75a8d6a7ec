"""Writes token_losses.json: losses on tokens and their gradients by torch's autograd, in double precision.

    python token_losses.py > token_losses.json
"""
import json

import torch

torch.set_default_dtype(torch.float64)


def ratio(p, q):
    return torch.exp(p - q)


def ppo(r, a, low, high):
    return -torch.minimum(r * a, torch.clamp(r, low, high) * a).sum()


def gspo(p, q, a, mask, low, high):
    mean = (mask * (p - q)).sum() / mask.sum()
    r = torch.exp(mean).detach() * torch.exp(p - p.detach())  # the token variant: GSPO-token of the paper
    return ppo(r, a, low, high)


LOSSES = {
    "cross_entropy": lambda d: -(d["weights"] * d["p"]).sum(),
    "importance_sampling": lambda d: -(ratio(d["p"], d["q"]) * d["a"]).sum(),
    "ppo": lambda d: ppo(ratio(d["p"], d["q"]), d["a"], 0.8, 1.2),
    "ppo_narrow": lambda d: ppo(ratio(d["p"], d["q"]), d["a"], 0.95, 1.02),
    "cispo": lambda d: -(torch.clamp(ratio(d["p"], d["q"]), 0.8, 1.2).detach() * d["p"] * d["a"]).sum(),
    "dro": lambda d: -(d["p"] * d["a"] - 0.5 * 0.05 * (d["p"] - d["q"]) ** 2).sum(),
    "gspo": lambda d: gspo(d["p"], d["q"], d["a"], d["mask"], 0.8, 1.2),
    "gspo_narrow": lambda d: gspo(d["p"], d["q"], d["a"], d["mask"], 0.99, 1.01),
}


def case(seed, shape):
    g = torch.Generator().manual_seed(seed)
    p = -3 * torch.rand(shape, generator=g)
    a = torch.randn(shape, generator=g)
    mask = (torch.rand(shape, generator=g) > 0.3).to(p.dtype)
    mask.view(-1)[0] = 1
    a = a * mask
    return {
        "p": p,
        "q": p + 0.5 * torch.randn(shape, generator=g),
        "a": a,
        "mask": mask,
        "weights": torch.randn(shape, generator=g),
    }


def main():
    cases = []
    for seed, shape in ((1, (7, 1)), (2, (12, 1)), (3, (5, 4)), (4, (1, 1))):
        data = case(seed, shape)
        found = {}
        for name, loss in LOSSES.items():
            p = data["p"].clone().requires_grad_()
            value = loss({**data, "p": p})
            value.backward()
            found[name] = {"loss": value.item(), "gradient": p.grad.tolist()}
        cases.append({**{k: v.tolist() for k, v in data.items()}, "losses": found})
    print(json.dumps(cases))


if __name__ == "__main__":
    main()
