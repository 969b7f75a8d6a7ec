"""Few rows: put them into the prompt as examples, or train on them? On short answers, which a rule can judge.

Usage, with rasbt's instruction-data-with-preference.json (github.com/rasbt/LLMs-from-scratch) and SmolLM2-135M-Instruct as M:
    python few_rows.py prompts instruction-data-with-preference.json .        writes eight-prompts.jsonl, held.jsonl
    align generate --model M --prompts eight-prompts.jsonl --temperature 0 --max-new-tokens 40 --dtype fp32 --out own.jsonl
    python few_rows.py rows instruction-data-with-preference.json . own.jsonl   writes eight.jsonl: the data's answer over the model's own
    python few_rows.py judge ANSWERS…                                           counts answers that keep the rule
"""
import json
import pathlib
import re
import sys

ROWS, HELD, WORDS = 8, 24, 20


def chosen(path):
    rows = json.loads(pathlib.Path(path).read_text())
    short = [r for r in rows if not r["input"] and len(r["chosen"].split()) <= 14 and len(r["instruction"].split()) <= 14]
    return short[:ROWS], short[ROWS:ROWS + HELD]


def message(role, text):
    return [{"role": role, "content": text}]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def keeps(answer):
    """Whether it came to its end, has at most WORDS words and is one sentence."""
    text = answer["completion"].strip()
    return answer["finished"] and 0 < len(text.split()) <= WORDS and len(re.findall(r"[.!?](?:\s|$)", text)) <= 1 and "\n" not in text


command, *given = sys.argv[1:]
if command == "prompts":
    for name, part in zip(("eight-prompts", "held"), chosen(given[0])):
        write(pathlib.Path(given[1], name + ".jsonl"), [{"prompt": message("user", row["instruction"])} for row in part])
elif command == "rows":
    write(pathlib.Path(given[1], "eight.jsonl"), [
        {"prompt": message("user", row["instruction"]), "chosen": message("assistant", row["chosen"]),
         "rejected": message("assistant", own["completion"])}
        for row, own in zip(chosen(given[0])[0], lines(given[2]))])
else:
    for path in given:
        answers = lines(path)
        words = sorted(len(answer["completion"].split()) for answer in answers)
        print(f"{path}: {sum(map(keeps, answers))} of {len(answers)} keep the rule, {words[len(words) // 2]} words in the middle")
