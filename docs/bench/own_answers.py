"""Pairs of two answers that a model sampled itself, for policy-distance in docs/doctor.md.

    align generate --model MODEL --prompts ROWS --samples 2 --max-new-tokens 64 --out answers.jsonl
    python own_answers.py ROWS answers.jsonl pairs.jsonl

The first answer to a prompt counts as chosen, the second as rejected; where both are the same text, the pair is left out.
"""
import json, sys

rows, answers, out = sys.argv[1:]
prompts = [json.loads(line)["prompt"] for line in open(rows, encoding="utf-8")]
by_row = {}
for line in open(answers, encoding="utf-8"):
    answer = json.loads(line)
    if "completion" in answer:
        by_row.setdefault(answer["row"], []).append(answer["completion"])
with open(out, "w", encoding="utf-8") as lines:
    for row, (first, second, *_) in sorted(by_row.items()):
        first, second = (a if isinstance(a, str) else a[-1]["content"] for a in (first, second))
        if first.strip() and second.strip() and first != second:
            pair = {side: [{"role": "assistant", "content": text}] for side, text in (("chosen", first), ("rejected", second))}
            lines.write(json.dumps({"prompt": prompts[row], **pair}, ensure_ascii=False) + "\n")
