#!/usr/bin/env python3
"""Loads every folder that Align4J writes in transformers (and PEFT), compares the figures, and records them for the tests.

    mvn -B -q test -pl examples -am -Dtest=WrittenFoldersTest -Dsurefire.failIfNoSpecifiedTests=false -Dalign4j.folders=DIR
    python verify_folders.py DIR [--record folders.json]

A folder passes when the class that its config.json names, found by the Auto class of its task, loads it without a tensor that is missing
(and would be random), left over or of another shape, and its figures are within 2e-4 of Align4J's.
"""
import json
import sys
import warnings
from pathlib import Path

import peft
import torch
import transformers
from transformers import (AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification,
                          AutoModelForTokenClassification)

TOLERANCE = 2e-4
AUTO = {"LANGUAGE": AutoModelForCausalLM, "SEQUENCE": AutoModelForSequenceClassification,
        "TOKEN": AutoModelForTokenClassification}
LABELS = {"SEQUENCE": 1, "TOKEN": 2}
# What a base of another task lacks when an adapter brings the head, or has and the head replaces.
HEADS = ("score.", "classifier.", "lm_head.", "embed_out.")


def load(path, task, labels=None):
    """The model in fp32, and what of its tensors and the folder's didn't meet."""
    more = {} if labels is None else {"num_labels": labels}
    model, info = AUTO[task].from_pretrained(path, dtype=torch.float32, attn_implementation="eager",
                                             output_loading_info=True, **more)
    unmet = {key: sorted(map(str, info[key])) for key in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    return model.eval(), {key: names for key, names in unmet.items() if names}


def adapted(base, folder, task):
    model, unmet = load(base, task, LABELS.get(task))
    others = {key: [n for n in names if not n.startswith(HEADS)] for key, names in unmet.items()}
    model.config.pad_token_id = None
    # PEFT may put further pairs, with B = 0, beside modules of the same name (a vision tower's): the figures decide.
    return peft.PeftModel.from_pretrained(model, folder).eval(), {key: names for key, names in others.items() if names}


def figures(model, task, rows):
    """Log-probabilities of the completion's tokens, a score a row, or probabilities that steps are right."""
    values = []
    for row in rows:
        steps = row.get("completions_ids") or [row["completion_ids"]]
        ids = row["prompt_ids"] + [i for step in steps for i in step]
        with torch.no_grad():
            logits = model(torch.tensor([ids]), use_cache=False).logits[0].float()
        if task == "LANGUAGE":
            at = len(row["prompt_ids"])
            scores = logits.log_softmax(-1)
            values += [scores[i - 1, ids[i]].item() for i in range(at, len(ids))]
        elif task == "SEQUENCE":
            values.append(logits[0].item())
        else:
            end = len(row["prompt_ids"])
            for step in steps:
                end += len(step)
                values.append(logits[end - 1].softmax(-1)[1].item())
    return values


def check(base, ours, left_over):
    task = ours["task"]
    model, unmet = adapted(base, ours["path"], task) if ours["adapter"] else load(ours["path"], task)
    # What transformers leaves alone in the base's own files it may leave alone here.
    unmet = {key: [n for n in names if key != "unexpected_keys" or n not in left_over] for key, names in unmet.items()}
    unmet = {key: names for key, names in unmet.items() if names}
    if not ours["adapter"] and task != "LANGUAGE":  # a language model's config.json is the base's own
        named = AutoConfig.from_pretrained(ours["path"]).architectures[0]
        if named != type(model).__name__:
            unmet["class"] = [f"config.json names {named}, loaded as {type(model).__name__}"]
    theirs = figures(model, task, [json.loads(row) for row in ours["rows"]])
    apart = max(abs(a - b) for a, b in zip(theirs, ours["figures"], strict=True))
    name = type(model.get_base_model() if ours["adapter"] else model).__name__
    return {"class": name, "tensors": " ".join(ours["tensors"]), "figures": [round(f, 7) for f in theirs]}, unmet, apart


def write(file, head, cases):
    """A line a folder; lists of tensors, many of them equal, stand once, and a folder has its list's place."""
    names = sorted({folder["tensors"] for kinds in cases.values() for folder in kinds.values()})
    lines = [f'"{key}": {json.dumps(value, indent=1)}' for key, value in (*head.items(), ("names", names))]
    kinds = []
    for case, folders in cases.items():
        rows = [f'  "{kind}": {json.dumps(folder | {"tensors": names.index(folder["tensors"])})}'
                for kind, folder in folders.items()]
        kinds.append(f' "{case}": {{\n' + ",\n".join(rows) + "\n }")
    lines.append('"cases": {\n' + ",\n".join(kinds) + "\n}")
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    root, record = Path(sys.argv[1]), sys.argv[3] if sys.argv[2:3] == ["--record"] else None
    cases, failed, worst, count = {}, [], 0.0, 0
    for file in sorted(root.glob("*/ours.json")):
        ours = json.loads(file.read_text())
        base = ours.pop("base")
        left_over = set(load(base, "LANGUAGE")[1].get("unexpected_keys", ()))
        for kind, folder in ours.items():
            count += 1
            try:
                found, unmet, apart = check(base, folder, left_over)
            except Exception as e:  # noqa: BLE001 - whatever transformers says is the finding
                failed.append(f"{file.parent.name} {kind}: {type(e).__name__}: {str(e).splitlines()[0][:200]}")
                print(failed[-1], flush=True)
                continue
            if unmet or not apart < TOLERANCE:
                failed.append(f"{file.parent.name} {kind} ({found['class']}): apart {apart:.2g}, {json.dumps(unmet)[:600]}")
                print(failed[-1], flush=True)
                continue
            worst = max(worst, apart)
            cases.setdefault(file.parent.name, {})[kind] = found
        print(f"{file.parent.name}: {len(cases.get(file.parent.name, {}))} of {len(ours)} folders", flush=True)
    print(f"{count} folders, {count - len(failed)} read as they were written, worst difference {worst:.2g}")
    if record:
        versions = {"transformers": transformers.__version__, "peft": peft.__version__, "torch": torch.__version__}
        write(Path(record), {"made_with": versions, "not_read": failed}, cases)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    main()
