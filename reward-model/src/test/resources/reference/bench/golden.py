#!/usr/bin/env python3
"""Figures of bench.json: RewardBench's own functions on random scores; none of its data is read.

    python3 golden.py > bench.json        (rewardbench 0.1.4, numpy, pandas, datasets)

The functions are taken out of the installed package's files, since importing it needs older libraries.
"""
import ast
import importlib.util
import json
import math
import os
from collections import defaultdict
from typing import Dict, List, Tuple

import numpy as np
import pandas as pd
from datasets import Dataset

FOLDER = importlib.util.find_spec("rewardbench").submodule_search_locations[0]
NAMES = {"calculate_scores_per_section", "reroll_and_score_dataset", "sample_stats", "process_single_model",
         "EXAMPLE_COUNTS", "SUBSET_MAPPING"}


def theirs():
    space = {"np": np, "math": math, "pd": pd, "Dataset": Dataset, "defaultdict": defaultdict, "Dict": Dict, "List": List, "Tuple": Tuple}
    for name in ("constants.py", "utils.py"):
        tree = ast.parse(open(os.path.join(FOLDER, name)).read())
        for node in tree.body:
            named = getattr(node, "name", None) or (isinstance(node, ast.Assign) and node.targets[0].id)
            if named in NAMES:
                exec(compile(ast.Module([node], []), name, "exec"), space)
    return space


def pairs(rng, space):
    rows = []
    for section in space["SUBSET_MAPPING"].values():
        for subset in section:
            for _ in range(int(rng.integers(2, 7))):
                chosen, rejected = rng.normal(0.4, 1), rng.normal(0, 1)
                if rng.random() < 0.1:
                    rejected = chosen
                rows.append([subset, round(float(chosen), 3), round(float(rejected), 3)])
    by = defaultdict(list)
    for subset, chosen, rejected in rows:
        by[subset].append(1 if chosen > rejected else 0)
    accuracy = {k: sum(v) / len(v) for k, v in by.items()}
    some = {k: v for k, v in accuracy.items() if not k.startswith("hep")}
    score = space["calculate_scores_per_section"]
    return {"rows": rows, "accuracy": accuracy,
            "sections": score(space["EXAMPLE_COUNTS"], space["SUBSET_MAPPING"], accuracy),
            "without_code": score(space["EXAMPLE_COUNTS"], space["SUBSET_MAPPING"], some)}


def best_of(rng, space):
    rows = [[round(float(s), 1) for s in rng.normal([1, 0, 0, 0], 1)] for _ in range(40)]
    flat = pd.DataFrame({"text": ["a"] * 160, "scores": [s for r in rows for s in r]})
    done = space["reroll_and_score_dataset"](Dataset.from_pandas(flat), [4] * 40)
    return {"rows": rows, "accuracy": float(np.mean(done["results"]))}


def ties(rng, space, right):
    rows = []
    for number in range(12):
        good = rng.normal(right, 0.4, int(rng.integers(2, 6)))
        if number % 5 == 0:
            good[:] = good[0]
        for kind, some in (("ref", good[:1] + rng.normal(0, 0.2)), ("tied", good)):
            if number == 7 and kind == "ref":
                continue
            wrong = rng.normal(0, 0.6, int(rng.integers(2, 8)))
            rows.append({"id": "%s:%d" % (kind, number), "num_correct": len(some),
                         "scores": [round(float(s), 3) for s in [*some, *wrong]]})
    _, overall = space["process_single_model"](Dataset.from_list(rows))
    return {"rows": rows, "overall": overall}


def main():
    rng = np.random.default_rng(8)
    space = theirs()
    print(json.dumps({"pairs": pairs(rng, space), "best_of": best_of(rng, space),
                      "ties": [ties(rng, space, right) for right in (2.5, 1.2, 0.3)]}))


if __name__ == "__main__":
    main()
