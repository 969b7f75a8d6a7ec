#!/usr/bin/env python3
"""Writes solutions of small sums in steps, each labelled right or wrong, as rows of trl's stepwise supervision.

    python arithmetic_steps.py DIR        (train.jsonl: 1,000 rows, test.jsonl: 300 rows with problems of their own)

A problem is a chain of 3 to 6 additions and subtractions; each step does one of them. One step in seven goes wrong: its
result is off by 1 to 9, or it takes another number than the problem's. What follows goes on from there and is wrong too,
since the answer can no longer be right (as in math_shepherd). Deterministic.
"""
import json
import random
import sys


def problem(rng):
    numbers = [rng.randint(2, 20)]
    value = numbers[0]
    for _ in range(rng.randint(3, 6)):
        n = rng.randint(2, 20)
        n = -n if value - n >= 0 and rng.random() < 0.5 else n
        numbers.append(n)
        value += n
    return numbers


def solution(rng, numbers):
    value, right, steps, labels = numbers[0], True, [], []
    for n in numbers[1:]:
        taken, off = n, 0
        if rng.random() < 1 / 7:
            right = False
            if rng.random() < 0.5:
                off = rng.choice([d for d in range(-9, 10) if d])
            else:
                taken = (1 if n > 0 else -1) * rng.choice([m for m in range(2, 21) if m != abs(n)])
        result = value + taken + off
        steps.append(f"{value} {'+' if taken > 0 else '-'} {abs(taken)} = {result}")
        labels.append(right)
        value = result
    steps.append(f"The answer is {value}.")
    labels.append(right)
    return steps, labels


def main(folder):
    rng, seen = random.Random(7), set()
    for name, count in (("train", 1000), ("test", 300)):
        with open(f"{folder}/{name}.jsonl", "w") as out:
            while count:
                numbers = problem(rng)
                if tuple(numbers) in seen:
                    continue
                seen.add(tuple(numbers))
                text = str(numbers[0]) + "".join(f" {'+' if n > 0 else '-'} {abs(n)}" for n in numbers[1:])
                steps, labels = solution(rng, numbers)
                out.write(json.dumps({"prompt": f"Compute {text}.\n", "completions": steps, "labels": labels}) + "\n")
                count -= 1


main(sys.argv[1])
