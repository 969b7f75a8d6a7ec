#!/usr/bin/env python3
"""Prompts with a rule as their hint, for distillation of a model from itself: python3 docs/bench/distill_hint.py OUT.

Writes train.jsonl (48 prompts) and heldout.jsonl (52 others): questions about things, each with the field "rule".
"""
import json
import os
import sys

RULE = "Answer in one short sentence of at most eight words. Say nothing else."
ASKED = ["What is {}?", "Tell me about {}.", "Why do people like {}?", "How would you explain {} to a child?"]
THINGS = ["rain", "bread", "a compass", "the moon", "music", "a bicycle", "glass", "salt", "a library", "sleep", "paper", "honey", "ice", "wind",
          "a garden", "chess", "tea", "a bridge", "sand", "a mirror", "wool", "fire", "a river", "soap", "a map"]


def main(out):
    os.makedirs(out, exist_ok=True)
    rows = [{"prompt": [{"role": "user", "content": asked.format(thing)}], "rule": RULE} for thing in THINGS for asked in ASKED]
    for name, some in (("train", rows[:48]), ("heldout", rows[48:])):
        with open(os.path.join(out, name + ".jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(row) + "\n" for row in some)


if __name__ == "__main__":
    main(sys.argv[1])
