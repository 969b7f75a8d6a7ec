#!/usr/bin/env python3
"""Writes small preference rows in many shards, with planted defects, for `align doctor --cluster`.

    docs/bench/shard_rows.py FOLDER --rows 4000000 --shards 1000
    docs/bench/shard_rows.py FOLDER --compare ONE CLUSTER     # the findings of two examinations, row by row

Of twelve rows one repeats an earlier row, one has a word more, one says the opposite, one has equal answers, one an e-mail address, one is cut,
one lies on a circle of three; the fourth annotator says the opposite of half of what is plain. The rows of a shard depend on its number alone, and the
first shards of a longer data set are those of a shorter one with shards of as many rows.
"""
import argparse
import json
import pathlib
import random
import sys

WORDS = ("water river mountain careful answer because garden letter window music number stone bright winter summer orange people little travel "
         "simple morning kitchen question reason story table forest engine paper silver yellow market doctor village bridge").split()


def words(draw, count):
    return " ".join(draw.choice(WORDS) for _ in range(count))


def plain(draw, number):
    first, second = f"It helps to {words(draw, 14)}.", f"No, {words(draw, 10)}."
    annotator = draw.randrange(5)
    flipped = annotator == 4 and draw.random() < 0.5
    return {"prompt": f"Tell me of {words(draw, 9)} {number}", "chosen": second if flipped else first,
            "rejected": first if flipped else second, "source": f"s{number % 4}", "annotator": f"p{annotator}"}


def row(draw, number, earlier):
    fresh = plain(draw, number)
    old = draw.choice(earlier) if earlier else fresh
    kind = number % 12
    if kind == 1:
        return old
    if kind == 2:
        return {**old, "chosen": old["chosen"] + " Indeed."}
    if kind == 3:
        return {**old, "chosen": old["rejected"], "rejected": old["chosen"], "annotator": "careless"}
    if kind == 4:
        return {**fresh, "rejected": fresh["chosen"]}
    if kind == 5:
        return {**fresh, "chosen": "Write to somebody@example.com about " + words(draw, 6)}
    if kind == 6:
        return {**fresh, "chosen": words(draw, 15) + ". Then the"}
    if kind == 7:
        step = number // 12 % 3
        answers = ["The first answer.", "A second answer.", "Some third answer."]
        return {**fresh, "prompt": f"Which answer is best, in round {number // 36}?", "chosen": answers[step],
                "rejected": answers[(step + 1) % 3]}
    return fresh


def write(folder, rows, shards):
    folder.mkdir(parents=True)
    each = rows // shards
    for shard in range(shards):
        draw = random.Random(40_000 + shard)
        earlier = []
        with open(folder / f"part-{shard:05d}.jsonl", "w", encoding="utf-8") as out:
            for number in range(shard * each, (shard + 1) * each):
                one = row(draw, number, earlier)
                if number % 7 == 0 and len(earlier) < 2000:
                    earlier.append(one)
                out.write(json.dumps(one) + "\n")


def findings(folder):
    one = folder / "findings.jsonl"
    files = [one] if one.exists() else sorted((folder / "findings").glob("part-*.jsonl"))
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                if '"id":"shortcuts"' not in line:
                    yield line


def compare(one, other):
    counts = {}
    theirs = findings(other)
    for line in findings(one):
        name = json.loads(line)["id"]
        counts[name] = counts.get(name, 0) + 1
        if next(theirs, None) != line:
            sys.exit(f"differs: {line}")
    if next(theirs, None) is not None:
        sys.exit("the second examination has more findings")
    documents = [json.loads((folder / "doctor.json").read_text()) for folder in (one, other)]
    figures = [[f for f in document["findings"] if f["id"] != "shortcuts"] for document in documents]
    if figures[0] != figures[1]:
        sys.exit("doctor.json differs")
    print("equal:", json.dumps(counts))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--compare", nargs=2, type=pathlib.Path)
    asked = parser.parse_args()
    if asked.compare:
        compare(*asked.compare)
    else:
        write(asked.folder, asked.rows, asked.shards)


if __name__ == "__main__":
    main()
