#!/usr/bin/env python3
"""Figures of win.json: Cohen's kappa by sklearn, Krippendorff's alpha by krippendorff, Bradley-Terry by scipy, on random verdicts.

    python3 golden.py > win.json        (numpy, scipy, scikit-learn, krippendorff 0.9)
"""
import json

import krippendorff
import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import cohen_kappa_score

WORDS = ["win", "tie", "loss"]


def verdicts(rng, items, judges, missing):
    truth = rng.integers(0, 3, items)
    rows = []
    for t in truth:
        rows.append([None if rng.random() < missing else int(t) if rng.random() < 0.6 else int(rng.integers(0, 3))
                     for _ in range(judges)])
    return rows


def alpha(rows, judges):
    data = np.array([[np.nan if r[j] is None else r[j] for r in rows] for j in range(judges)], dtype=float)
    return krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")


def bradley_terry(contests, systems):
    def loss(r):
        total = 0.0
        for a, b, win in contests:
            d = r[a] - r[b]
            total += win * np.logaddexp(0, -d) + (1 - win) * np.logaddexp(0, d)
        return total + 1e-9 * np.sum(r ** 2)
    r = minimize(loss, np.zeros(systems), method="BFGS", options={"gtol": 1e-9}).x
    return (1000 + 400 / np.log(10) * (r - r.mean())).tolist()


def main():
    rng = np.random.default_rng(5)
    out = {"agreement": [], "ratings": []}
    for items, judges, missing in [(40, 2, 0.0), (60, 2, 0.2), (50, 4, 0.3)]:
        rows = verdicts(rng, items, judges, missing)
        both = [r for r in rows if r[0] is not None and r[1] is not None]
        out["agreement"].append({
            "verdicts": [[None if v is None else WORDS[v] for v in r] for r in rows],
            "kappa": cohen_kappa_score([r[0] for r in both], [r[1] for r in both]),
            "alpha": alpha(rows, judges)})
    for systems, contests in [(3, 60), (5, 200)]:
        strength = rng.normal(0, 0.7, systems)
        played = []
        for _ in range(contests):
            a, b = rng.choice(systems, 2, replace=False)
            if rng.random() < 0.2:
                win = 0.5
            else:
                win = float(rng.random() < 1 / (1 + np.exp(strength[b] - strength[a])))
            played.append([int(a), int(b), win])
        out["ratings"].append({"contests": played, "ratings": bradley_terry(played, systems)})
    print(json.dumps(out))


if __name__ == "__main__":
    main()
