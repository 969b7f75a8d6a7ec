#!/usr/bin/env python3
"""Traces of TRL runs whose reference moves (TR-DPO: sync_ref_model=True), in the layout of gen_traces.py's.

    python gen_synced.py --out OUT [--only NAME ...]      # OUT holds models/llama-tied, as in this folder

Environment: trl 1.16.0 on CPU, one thread; the exact versions stand in each meta.json. Everything is gen_traces.py's, but
for the configuration's three fields and one more file: final/reference.safetensors, the reference after the last step.
"""
import argparse
import functools
import os

import gen_traces as g
from safetensors.torch import save_file

SYNC = {"ref_model_sync_steps": 3, "ref_model_mixup_alpha": 0.6}
TRACES = {
    "dpo_sigmoid_full_synced": {"method": "dpo", "model": "llama-tied", "loss_type": ["sigmoid"], "beta": 0.1, "batch": 4,
                                "lr": 0.001, "warmup": 2, "data": {"seed": 51, "rows": 44}, **SYNC},
    "kto_full_synced": {"method": "kto", "model": "llama-tied", "beta": 0.1, "batch": 4, "lr": 0.001, "warmup": 2,
                        "data": {"seed": 52, "rows": 44}, **SYNC},
}


def trained(cls):
    plain = cls.train

    def train(self, *a, **k):
        out = plain(self, *a, **k)
        reference = self.accelerator.unwrap_model(self.ref_model)
        self.rec.reference = {n: p.detach().clone().contiguous() for n, p in reference.named_parameters()}
        return out
    cls.train = train


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--only", nargs="*")
    a = ap.parse_args()
    import peft, torch, transformers, trl
    versions = {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                "trl": trl.__version__, "peft": peft.__version__}
    fields = {"sync_ref_model": True, **SYNC}
    g.DPOConfig = functools.partial(g.DPOConfig, **fields)
    g.KTOConfig = functools.partial(g.KTOConfig, **fields)
    C = {"models": {"llama-tied": {"vocab": 256}}, "versions": versions}
    recorders = []
    plain = g.Recorder

    def recorder(out):
        recorders.append(plain(out))
        return recorders[-1]
    g.Recorder = recorder
    for cls in (g.DPO, g.KTO):
        trained(cls)
    for name, t in TRACES.items():
        if not a.only or name in a.only:
            g.run(name, t, C, a.out)
            save_file(recorders[-1].reference, os.path.join(a.out, name, "final", "reference.safetensors"))


if __name__ == "__main__":
    main()
