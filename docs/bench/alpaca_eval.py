#!/usr/bin/env python3
"""Holds the win rates of `align compare`'s statistics beside AlpacaEval's own, on its published annotations.

    python3 docs/bench/alpaca_eval.py ANNOTATIONS LEADERBOARD.csv WEIGHTS.csv OUT "LIB/*"

ANNOTATIONS holds MODEL/annotations.json (results/MODEL/weighted_alpaca_eval_gpt4_turbo/annotations.json of AlpacaEval's
repository), LEADERBOARD.csv is its weighted_alpaca_eval_gpt4_turbo_leaderboard.csv, WEIGHTS.csv its
length_controlled_v1/baseline_gpt4_1106_preview.csv, LIB the folder of Align4J's jars. Needs alpaca_eval 0.6.6 and what it
imports (its pkg_resources is in setuptools before 80); nothing is downloaded.

AlpacaEval's df_gamed.csv is taken from OUT/df_gamed.csv where it is there. Where it isn't, one is made of the same form:
each instruction's difficulty is what makes the annotations likeliest under the published weights, and the two models of the
folder whose names end with _concise and _verbose take the place of its two anchors. Both sides then read this one file.
"""
import csv
import json
import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [p for p in sys.path if os.path.abspath(p) != HERE]  # this file has the package's name

FORMULA = ["np.tanh(std_delta_len)", "instruction_difficulty", "not_gamed_baseline.astype(float)"]


def annotations(folder):
    """Each model's annotations, those with all 805 instructions in one order."""
    models = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name, "annotations.json")
        if os.path.exists(path):
            try:
                rows = json.load(open(path))
            except ValueError:
                print("left out, broken file:", name, file=sys.stderr)
                continue
            if rows[0]["generator_1"] != rows[0]["generator_2"]:
                models[name] = rows
    order = [r["instruction"] for r in next(iter(models.values()))]
    kept = {}
    for name, rows in models.items():
        if [r["instruction"] for r in rows] == order:
            kept[name] = rows
        else:
            print("left out, other instructions or another order:", name, file=sys.stderr)
    return kept


def wins(rows):
    """What the model gets, NaN without a verdict; AlpacaEval writes a tie as 0 or 1.5."""
    p = pd.Series([r["preference"] for r in rows], dtype=float)
    return (p.replace({0.0: 1.5}) - 1).to_numpy()


def standard_difference(rows):
    d = pd.Series([len(r["output_1"]) - len(r["output_2"]) for r in rows], dtype=float)
    return (d / d.std()).to_numpy()


def difficulties(models, weights):
    """The difficulty of each instruction under the published weights: Newton, one unknown each, with a weak prior."""
    names = [m for m in models if m in weights.index]
    y = np.array([wins(models[m]) for m in names])
    x = np.array([np.tanh(standard_difference(models[m])) for m in names])
    w = weights.loc[names].to_numpy()
    known, slope, seen = w[:, 0:1] * x + w[:, 2:3], w[:, 1:2], ~np.isnan(y)
    g = np.zeros(y.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-(known + slope * g)))
        gradient = np.where(seen, (np.nan_to_num(y) - p) * slope, 0).sum(0) - 0.1 * g
        curvature = np.where(seen, p * (1 - p) * slope ** 2, 0).sum(0) + 0.1
        g += np.clip(gradient / curvature, -1, 1)
    return g


def make_gamed(path, models, weights):
    g = difficulties(models, weights)
    frames = []
    for end in ("_concise", "_verbose"):
        name = next(m for m in models if m.endswith(end) and m.startswith("gpt"))
        rows = models[name]
        frames.append(pd.DataFrame({
            "index": range(len(rows)), "preference": wins(rows), "std_delta_len": standard_difference(rows),
            "instruction_difficulty": g, "not_gamed_baseline": False, "model": name}))
    pd.concat(frames).reset_index(drop=True).to_csv(path, index=False)


def theirs(rows, gamed, converged):
    """alpaca_eval's own figure; converged: with its solver run to the end, which it stops early."""
    import alpaca_eval.metrics.glm_winrate as glm
    from sklearn.linear_model import LogisticRegressionCV
    glm.hf_hub_download = lambda **_: gamed
    end = {"tol": 1e-9, "max_iter": 100000} if converged else {}
    glm.LogisticRegressionCV = lambda **given: LogisticRegressionCV(**given, **end)
    return glm.get_length_controlled_winrate(
        pd.DataFrame(rows), save_weights_dir=None, is_add_glm_preference_inplace=False, is_warn_extreme_changes=False)


def ours(models, gamed, align):
    """Feeds AlpacaFigures: one line an outcome, model, instruction, win, length, length of the baseline's answer."""
    lines = []
    for name, rows in models.items():
        for i, (r, win) in enumerate(zip(rows, wins(rows))):
            if not math.isnan(win):
                lines.append("%s\t%d\t%r\t%d\t%d" % (name, i, float(win), len(r["output_2"]), len(r["output_1"])))
    with open(gamed, newline="") as f:
        anchors = "".join("%s\t%s\t%s\t%s\n" % (r["index"], r["preference"] or "NaN", r["std_delta_len"], r["instruction_difficulty"])
                          for r in csv.DictReader(f))
    done = subprocess.run(align, input=anchors + "\n" + "\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE, check=True)
    return {r[0]: (float(r[1]), float(r[2]), r[3:]) for r in (line.split("\t") for line in done.stdout.splitlines())}


def main():
    folder, leaderboard, weights, out = sys.argv[1:5]
    align = ["java", "-cp", sys.argv[5], os.path.join(HERE, "AlpacaFigures.java")]
    os.makedirs(out, exist_ok=True)
    models = annotations(folder)
    board = pd.read_csv(leaderboard, index_col=0)
    weights = pd.read_csv(weights, index_col=0)[FORMULA]
    models = {m: rows for m, rows in models.items() if m in board.index}
    gamed = os.path.join(out, "df_gamed.csv")
    if not os.path.exists(gamed):
        make_gamed(gamed, models, weights)
    mine = ours(models, gamed, align)
    print("%d models" % len(models))
    print("| model | win rate, published | ours | length-controlled, alpaca_eval on this df_gamed.csv | its solver run to the end | ours"
          " | published |")
    print("|---|---|---|---|---|---|---|")
    raw, controlled, exact = 0, [], 0
    for name, rows in models.items():
        peer = theirs(rows, gamed, False)["length_controlled_winrate"]
        end = theirs(rows, gamed, True)["length_controlled_winrate"]
        win, lc, _ = mine[name]
        raw = max(raw, abs(100 * win - board.win_rate[name]))
        controlled.append(abs(100 * lc - peer))
        exact = max(exact, abs(100 * lc - end))
        print("| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |" % (
            name, board.win_rate[name], 100 * win, peer, end, 100 * lc, board.length_controlled_winrate[name]))
    print("largest difference: win rate %.1e points; length-controlled %.3f points, %d of %d within 0.1, from the solver run to"
          " the end %.4f" % (raw, max(controlled), sum(d <= 0.1 for d in controlled), len(controlled), exact))


if __name__ == "__main__":
    main()
