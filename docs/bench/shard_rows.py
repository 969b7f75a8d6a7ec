#!/usr/bin/env python3
"""Writes small preference rows in many shards, with planted defects, for `align doctor --cluster`.

    docs/bench/shard_rows.py FOLDER --rows 4000000 --shards 1000
    docs/bench/shard_rows.py FOLDER --compare ONE CLUSTER     # the findings of two examinations, row by row
    docs/bench/shard_rows.py FOLDER --run ./align doctor …    # what the command costs; Spark's files go into the folder

--run says how long the command took, the processor time of all its processes, for each process of Java the peak of resident memory and the most that it
had in each tenth of the time, and the most that lay in the folder.

Of twelve rows one repeats an earlier row, one has a word more, one says the opposite, one has equal answers, one an e-mail address, one is cut,
one lies on a circle of three; the fourth annotator says the opposite of half of what is plain. The rows of a shard depend on its number alone, and the
first shards of a longer data set are those of a shorter one with shards of as many rows.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import time

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


def processes(root):
    """The Java processes that descend from one, by number, with what they are."""
    parents, names = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                names[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
    found = {}
    for number, words in names.items():
        up = number
        while up != root and up in parents:
            up = parents[up]
        if up == root and words[0].endswith("java"):
            found[number] = "executor" if any("ExecutorBackend" in word for word in words) else "driver"
    return found


def usage(number):
    """Resident megabytes now and at their peak, and processor seconds."""
    lines = pathlib.Path(f"/proc/{number}/status").read_text().splitlines()
    seen = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    ticks = pathlib.Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[11:13]
    return seen.get("VmRSS", 0), seen.get("VmHWM", 0), sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def size(folder):
    done = subprocess.run(["du", "-sm", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return int(done.stdout.split()[0])


def run(folder, command):
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, "SPARK_LOCAL_DIRS": str(folder.resolve())})
    peaks, processor, history, disk = {}, {}, [], 0
    while process.poll() is None:
        for number, kind in processes(process.pid).items():
            name = f"{kind} {number}"
            try:
                resident, peaks[name], processor[name] = usage(number)
            except OSError:
                continue
            history.append((time.monotonic() - began, name, resident))
        disk = max(disk, size(folder))
        time.sleep(2)
    wall = time.monotonic() - began
    print(json.dumps({"exit": process.returncode, "wall_seconds": round(wall), "processor_seconds": round(sum(processor.values())),
                      "of_each": {name: round(seconds) for name, seconds in processor.items()}, "most_on_disk_mb": disk,
                      "peak_mb": {name: round(peak) for name, peak in peaks.items()}}))
    for name in peaks:
        tenths = [0.0] * 10
        for at, whose, resident in history:
            if whose == name:
                tenth = min(9, int(10 * at / wall))
                tenths[tenth] = max(tenths[tenth], resident)
        print(f"{name}: MB by tenths of the time:", *map(round, tenths))
    sys.exit(process.returncode)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--compare", nargs=2, type=pathlib.Path)
    parser.add_argument("--run", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    if asked.run:
        run(asked.folder, asked.run)
    elif asked.compare:
        compare(*asked.compare)
    else:
        write(asked.folder, asked.rows, asked.shards)


if __name__ == "__main__":
    main()
