#!/usr/bin/env python3
"""Figures of alpaca.json: alpaca_eval's own length control on made-up annotations; none of its data is read.

    python3 alpaca.py > alpaca.json        (alpaca_eval 0.6.6 and what it imports)
"""
import json
import os
import tempfile

import alpaca_eval.metrics.glm_winrate as glm
import numpy as np
import pandas as pd

INSTRUCTIONS = 120


def case(rng, strength, liking, soft):
    difficulty = rng.normal(0, 1, INSTRUCTIONS).round(3)

    def judged(own, mean_length):
        base = rng.integers(200, 2500, INSTRUCTIONS)
        length = np.maximum(20, (base * mean_length + rng.normal(0, 400, INSTRUCTIONS))).astype(int)
        d = pd.Series(base - length)
        std = d / d.std()
        p = 1 / (1 + np.exp(-(own - liking * np.tanh(std) + 0.6 * difficulty)))
        win = p if soft else (rng.random(INSTRUCTIONS) < p).astype(float)
        return base, length, std.round(6), win.round(4)

    frames, anchors = [], []
    for model, mean_length in (("brief", 0.6), ("wordy", 1.4)):
        _, _, std, win = judged(0, mean_length)
        frames.append(pd.DataFrame({
            "index": range(INSTRUCTIONS), "preference": win, "std_delta_len": std,
            "instruction_difficulty": difficulty, "not_gamed_baseline": False, "model": model}))
        anchors += [[i, float(win[i]), float(std[i])] for i in range(INSTRUCTIONS)]
    base, length, _, win = judged(strength, 1.2)
    rows = pd.DataFrame({
        "preference": 1 + win, "output_1": ["a" * n for n in base], "output_2": ["b" * n for n in length],
        "generator_1": "base", "generator_2": "model", "annotator": "judge"})
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "df_gamed.csv")
        pd.concat(frames).reset_index(drop=True).to_csv(path, index=False)
        glm.hf_hub_download = lambda **_: path
        found = glm.get_length_controlled_winrate(
            rows, save_weights_dir=None, is_add_glm_preference_inplace=False, is_warn_extreme_changes=False)
    return {
        "difficulties": difficulty.tolist(), "anchors": anchors,
        "outcomes": [[float(win[i]), int(length[i]), int(base[i])] for i in range(INSTRUCTIONS)],
        "win_rate": found["win_rate"], "length_controlled_winrate": found["length_controlled_winrate"],
        "lc_standard_error": found["lc_standard_error"]}


def main():
    rng = np.random.default_rng(3)
    print(json.dumps([case(rng, 0.4, 1.0, True), case(rng, -0.8, 1.5, False), case(rng, -2.5, 0.5, True)]))


if __name__ == "__main__":
    main()
