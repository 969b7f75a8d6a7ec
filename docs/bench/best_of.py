"""Whether the best of several answers by one reward model is better than a random one by another: docs/results-notes.md's best of 8.

    python best_of.py prompts test.jsonl > prompts.jsonl                # the first 100 of at most 1,200 characters
    align generate --model M --prompts prompts.jsonl --samples 8 --dtype bf16 --seed 1 --max-new-tokens 96 --out answers.jsonl
    python best_of.py rows prompts.jsonl answers.jsonl > rows.jsonl
    align score --model FIRST --data rows.jsonl --out first.jsonl       # and SECOND
    python best_of.py compare answers.jsonl first.jsonl second.jsonl

The second model was trained on other pairs. Intervals: bootstrap over the prompts, 10,000 draws. Needs Python alone.
"""
import json, random, sys


def lines(file):
    with open(file, encoding="utf-8") as rows:
        return [json.loads(line) for line in rows]


def mean(values):
    return sum(values) / len(values)


def interval(values):
    draws = random.Random(1)
    means = sorted(mean(draws.choices(values, k=len(values))) for _ in range(10_000))
    return f"{mean(values):.3f} ({means[250]:.3f} to {means[9749]:.3f})"


def prompts(pairs):
    short = [row["prompt"] for row in lines(pairs) if sum(len(turn["content"]) for turn in row["prompt"]) <= 1_200]
    for prompt in short[:100]:
        print(json.dumps({"prompt": prompt}))


def rows(prompts, answers):
    prompts = lines(prompts)
    for answer in lines(answers):
        turns = prompts[answer["row"]]["prompt"] + [{"role": "assistant", "content": answer["completion"]}]
        print(json.dumps({"messages": turns}))


def compare(answers, first, second):
    by_prompt = {}
    for answer, one, other in zip(lines(answers), lines(first), lines(second), strict=True):
        by_prompt.setdefault(answer["row"], []).append((one["completion"], other["completion"], len(answer["completion_ids"])))
    groups = list(by_prompt.values())
    best = [max(group)[1] for group in groups]
    ordinary = [mean([other for _, other, _ in group]) for group in groups]
    print("prompts", len(groups), "answers", sum(map(len, groups)))
    print("second model's score, best by the first", f"{mean(best):.3f}", "mean of all", f"{mean(ordinary):.3f}")
    print("difference", interval([b - o for b, o in zip(best, ordinary)]))
    print("best by the second itself", interval([max(o for _, o, _ in g) - m for g, m in zip(groups, ordinary)]))
    print("the longest answer", interval([max(g, key=lambda a: a[2])[1] - m for g, m in zip(groups, ordinary)]))
    print("tokens, best by the first", f"{mean([max(g)[2] for g in groups]):.1f}", "all", f"{mean([n for g in groups for _, _, n in g]):.1f}")


{"prompts": prompts, "rows": rows, "compare": compare}[sys.argv[1]](*sys.argv[2:])
