#!/usr/bin/env python3
"""Scores as transformers' processors change them, for LogitRulesTest: python gen_logit_rules.py > logit_rules.json

Sequence bias of single tokens, repetition penalty, bad words, in the order of GenerationMixin._get_logits_processor, and min_p after
temperature, top_k and top_p. The presence penalty, which transformers lacks, is OpenAI's: taken off once for each token of the answer.
"""
import json

import torch
import transformers
from transformers import (LogitsProcessorList, MinPLogitsWarper, NoBadWordsLogitsProcessor, RepetitionPenaltyLogitsProcessor,
                          SequenceBiasLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper)

V = 12
CASES = [
    {"repetition": 1.3},
    {"repetition": 0.7},
    {"bias": {"2": 1.5, "7": -100.0}},
    {"bias": {"4": -2.0}, "repetition": 1.2},
    {"forbid": [[5], [3, 9], [1, 4, 6]]},
    {"presence": 0.8},
    {"bias": {"0": 0.5}, "repetition": 1.1, "presence": 0.4, "forbid": [[9], [4, 6, 2]]},
]
DRAWN = [{"min_p": 0.2}, {"min_p": 0.3, "temperature": 1.7}, {"min_p": 0.05, "top_k": 5}, {"min_p": 0.4, "top_p": 0.9, "temperature": 0.6}, {"min_p": 1.0}]


def main():
    torch.manual_seed(5)
    out = {"versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__}, "cases": [], "drawn": []}
    for case in CASES:
        scores = torch.randn(1, V) * 3
        prompt, answer = [3, 8, 1], [4, 6, 3]
        ids = torch.tensor([prompt + answer])
        rules = LogitsProcessorList()
        if "bias" in case:
            rules.append(SequenceBiasLogitsProcessor([[[int(k)], v] for k, v in case["bias"].items()]))
        if "repetition" in case:
            rules.append(RepetitionPenaltyLogitsProcessor(case["repetition"]))
        changed = rules(ids, scores.clone())
        if "presence" in case:
            for token in set(answer):
                changed[0, token] -= case["presence"]
        if "forbid" in case:
            changed = NoBadWordsLogitsProcessor(case["forbid"], eos_token_id=None)(ids, changed)
        out["cases"].append(dict(case, prompt=prompt, answer=answer, scores=scores[0].tolist(),
                                 changed=[None if x == -float("inf") else x for x in changed[0].tolist()]))
    for case in DRAWN:
        scores = torch.randn(1, V) * 2
        rules = LogitsProcessorList([TemperatureLogitsWarper(case.get("temperature", 1.0))])
        if "top_k" in case:
            rules.append(TopKLogitsWarper(case["top_k"]))
        if "top_p" in case:
            rules.append(TopPLogitsWarper(case["top_p"]))
        rules.append(MinPLogitsWarper(case["min_p"]))
        left = torch.softmax(rules(torch.tensor([[0]]), scores), -1)[0]
        out["drawn"].append(dict(case, scores=scores[0].tolist(), probabilities=left.tolist()))
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
