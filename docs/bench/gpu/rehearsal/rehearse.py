"""Rehearses Align4J's kernels on a GPU that isn't there: device mixes, missing kernels, hidden waits, launches.

    python rehearse.py [CHECKOUT] [--tokens 16384] [--logits 512] [--values 256] [--write FILE]

Needs PyTorch 2.7.1 with CUDA compiled in (PyPI's), no card. CHECKOUT is this one if left out. --tokens: of one forward on a GPU;
--logits and --values: MiB of logits, and of weights made from few bits, at a time. --write keeps the figures, by which a test knows the
kernels that were rehearsed. Exit 1: something was found that a GPU would stumble over.
"""
import argparse, json, os, sys, warnings

import torch

import calls, widths
from fake import Device, Rehearsal, hashes, kernel_text

# They switch recording on and off, or are backward_through with other leaves, which widths.py calls.
CONTROL = {"grad_mode", "is_recording", "backward", "backward_input", "backward_after", "backward_before"}
ON_CPU = (1024, 32, 1)
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def rehearse(checkout, settings):
    launches, findings = {}, {}
    uncalled = set(hashes(kernel_text(checkout))) - CONTROL
    for name, dtype in DTYPES.items():
        rehearsal = Rehearsal(checkout)
        for part in calls.PARTS:
            part(rehearsal.call, calls.Shapes(Device("cuda"), dtype))
        launches[name] = rehearsal.launches
        uncalled &= set(rehearsal.uncalled())
        merge(findings, rehearsal.findings)
    dense = Rehearsal(checkout)
    shapes = lambda device: calls.Shapes(device, torch.bfloat16)
    at_widths = widths.figures(dense, Device, shapes, settings)
    as_on_cpu = widths.figures(dense, Device, shapes, ON_CPU)
    merge(findings, dense.findings)
    uncalled &= set(dense.uncalled())
    return {
        "torch": torch.__version__.split("+")[0], "kernels": hashes(kernel_text(checkout)), "dense_layer": sorted(dense.called | {"attend_efficient", "step_layers"}),
        **{what: sorted(found) for what, found in findings.items()},
        "uncalled": sorted(uncalled), "launches": launches, "widths": at_widths,
        "widths_with_settings_of_the_cpu": as_on_cpu,
    }


def merge(findings, more):
    for what, found in more.items():
        findings.setdefault(what, set()).update(found)


def tell(found):
    for dtype, counts in found["launches"].items():
        for label, count in counts.items():
            print(f"{dtype}  {label:36s} {count:6d} launches")
    for name, w in [*found["widths_with_settings_of_the_cpu"].items(), *found["widths"].items()]:
        print(f"{name:5s} {w['tokens']} tokens a forward, {w['rows_of_logits']} rows of logits at a time: a layer {w['layer_forward']} launches forward,"
              f" {w['layer_backward']} backward, {w['matrices_made_a_layer']} to make its matrices; head {w['head']};"
              f" a pass {w['pass']}, a token {w['a_token']}")
    for what, words in (("mixed", "device mixes"), ("missing", "operations without a CUDA kernel"), ("failed", "failed"),
                        ("uncalled", "not rehearsed"), ("waits", "waits for the device")):
        print(f"{words}: {'; '.join(found[what]) or 'none'}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", nargs="?", default=os.path.join(here, "..", "..", "..", ".."))
    parser.add_argument("--tokens", type=int, default=16384)
    parser.add_argument("--logits", type=int, default=512)
    parser.add_argument("--values", type=int, default=256)
    parser.add_argument("--write")
    asked = parser.parse_args()
    if not torch.version.cuda:
        sys.exit(f"This PyTorch {torch.__version__} has no CUDA compiled in; install PyPI's torch 2.7.1.")
    warnings.filterwarnings("ignore")
    found = rehearse(asked.checkout, (asked.tokens, asked.logits, asked.values))
    tell(found)
    if asked.write:
        with open(asked.write, "w") as out:
            json.dump(found, out, indent=1)
            out.write("\n")
    waiting = [w for w in found["waits"] if w.split(":")[0] in found["dense_layer"]]
    sys.exit(1 if found["mixed"] or found["missing"] or found["failed"] or found["uncalled"] or waiting else 0)


if __name__ == "__main__":
    main()
