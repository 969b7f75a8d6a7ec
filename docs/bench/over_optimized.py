"""Whether the alarms on over-optimised runs ring, how late, and how often for nothing; whether an ensemble helps: docs/rewards.md's figures.

    python3 docs/bench/over_optimized.py runs --out DIR --kind word --seeds 1,2,3    # trainings: word, length, honest or loose
    python3 docs/bench/over_optimized.py table --out DIR                             # what rang, and when; table.json
    python3 docs/bench/over_optimized.py ensemble --out DIR --seeds 1,2,3,4,5        # ensemble against mean at equal KL; ensemble.json

From the repository's root; needs Python alone. All runs are GRPO on the demo's model, one thread each. `word` counts "dear" and "friend",
`length` counts tokens; `honest` is paid for the right fact in a courteous sentence, `loose` too, under a KL penalty of a tenth. The judge, which
nothing is learnt from, reads the fact, the manner by words counted in other pairs, and whether the answer is plain: at most 30 words, most of
them different, a full stop at its end. `score ROLE` is the program that the runs ask (exec:).
"""

import argparse
import collections
import json
import math
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data/demo"
WORD = re.compile(r"[a-z']+")
SENTENCE = re.compile(r"[^.!?]+[.!?]")
PROMPTS, HELD, STEPS, EVERY = 160, 60, 24, 2
COMMON = (
    "--algorithm grpo --rollouts-per-step 32 --samples-per-prompt 4 --ppo-epochs 2 --max-new-tokens 40 --learning-rate 3e-3 --lora-rank 8"
    " --dtype fp32 --device cpu --threads 1 --save-every 1000 --report false"
).split()
KL = {"word": "0.005", "length": "0.002", "honest": "0.05", "loose": "0.005"}


def lines(file):
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def said(row, side):
    return row[side][0]["content"]


def fact(row):
    """The one sentence that both answers of a pair have; None where there isn't exactly one."""
    chosen, rejected = ([part.strip() for part in SENTENCE.findall(said(row, side))] for side in ("chosen", "rejected"))
    both = [part for part in chosen if part in rejected]
    return both[0] if len(both) == 1 else None


def manners(rows):
    """What words say of the manner: (c - r) / (c + r + 5) for one that c chosen and r rejected answers have."""
    counts = collections.defaultdict(lambda: [0, 0])
    for row in rows:
        for side, place in (("chosen", 0), ("rejected", 1)):
            for word in set(WORD.findall(said(row, side).lower())):
                counts[word][place] += 1
    return {word: (c - r) / (c + r + 5) for word, (c, r) in counts.items()}


def polite(text, known, told):
    words = set(WORD.findall(text.replace(told, " ").lower()))
    valence = sum(known.get(word, 0) for word in words)
    return 1.0 if valence > 0.3 else 0.0 if valence < -0.3 else 0.5


def plain(text):
    words = WORD.findall(text.lower())
    return float(0 < len(words) <= 30 and len(set(words)) >= 0.7 * len(words) and text.rstrip()[-1:] in (".", "!", "?"))


def score(role):
    """Answers JSON lines with scores, as exec: asks for them."""
    rows = lines(DEMO / "train.jsonl")
    known = manners(rows[:400] if role == "sound" else rows[400:])
    for line in sys.stdin:
        asked = json.loads(line)
        text, told = asked["completion"], asked["row"].get("fact", "\0")
        if role == "word":
            value = {"score": sum(word in ("dear", "friend") for word in WORD.findall(text.lower()))}
        elif role == "sound":
            value = {"score": (polite(text, known, told) + (told in text)) / 2}
        else:
            parts = {"manner": polite(text, known, told), "fact": float(told in text), "plain": plain(text)}
            value = {"score": sum(parts.values()) / 3, "parts": parts}
        print(json.dumps({"id": asked["id"], **value}), flush=True)


def prompts(out):
    """Writes the prompts that are trained on and those that are held out, each with its fact."""
    files = []
    for name, count in (("train.jsonl", PROMPTS), ("heldout.jsonl", HELD)):
        rows = [{"prompt": row["prompt"], "fact": fact(row)} for row in lines(DEMO / name) if fact(row)][:count]
        files.append(out / name)
        files[-1].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return files


def program(role):
    return f"exec:{sys.executable} {Path(__file__).resolve()} score {role}"


def align(given, *words):
    environment = dict(os.environ, OMP_WAIT_POLICY="PASSIVE")
    done = subprocess.run([given.align, *map(str, words)], capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"align {' '.join(map(str, words))}\n{done.stderr[-3000:]}")
    return done.stdout


def trained(given, run, reward, kl, seed, train, held, *more):
    """Trains where that isn't done yet; returns the seconds of processor time that it took."""
    if not (run / "seconds.txt").exists():
        shutil.rmtree(run, ignore_errors=True)  # one that was killed
        begun = os.times()
        align(
            given, "ppo", "--model", DEMO / "model", "--data", train, "--eval-data", held, "--reward", reward, "--kl-coefficient", kl,
            "--seed", seed, "--out", run, "--max-steps", given.steps, "--eval-reward", program("gold"), *COMMON, *more,
        )  # fmt: skip
        ended = os.times()
        spent = ended.children_user + ended.children_system - begun.children_user - begun.children_system
        (run / "seconds.txt").write_text(f"{spent:.1f}\n")
    return float((run / "seconds.txt").read_text())


def runs(given):
    out = Path(given.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    train, held = prompts(out)
    reward = {"word": program("word"), "length": "length", "honest": program("sound"), "loose": program("sound")}[given.kind]
    for seed in given.seeds.split(","):
        run = out / f"{given.kind}-{seed}"
        spent = trained(given, run, reward, KL[given.kind], seed, train, held, "--eval-every", EVERY)
        print(f"{run.name}: {spent:.0f} s of processor time", flush=True)


def evaluations(run):
    """The figures of each evaluation, without `eval_`."""
    found = [line for line in lines(run / "metrics.jsonl") if "eval_judge/score" in line]
    return [{name.removeprefix("eval_"): value for name, value in line.items()} for line in found]


def turned(run):
    """The step at which the judge's score is highest, smoothed over three evaluations, and how far the last three lie below it."""
    steps = [found["step"] for found in run]
    scores = [found["judge/score"] for found in run]
    smooth = [statistics.fmean(scores[max(0, i - 1) : i + 2]) for i in range(len(scores))]
    best = max(range(len(smooth)), key=smooth.__getitem__)
    return steps[best], smooth[best] - statistics.fmean(scores[-3:])


def ratio(name):
    return lambda now, first: now[name] / first[name]


def fell(now):
    """Whether the judge's score fell by more than chance, and by the bar at least; runs of earlier versions have no bar."""
    return now["judge/fall_low"] > 0 and now["judge/fall"] >= now.get("judge/fall_bar", 0)


# The rules of docs/rewards.md's table: what rings at an evaluation, by its figures and those of the first one.
ALARMS = {
    "the two part": lambda now, first: fell(now) and now["judge/score_rise"] >= 0,
    "length": lambda now, first: not 1 / 1.5 <= ratio("responses/length")(now, first) <= 1.5,
    "repetition": lambda now, first: ratio("responses/distinct_2")(now, first) < 0.6,
    "certainty": lambda now, first: ratio("objective/entropy")(now, first) < 0.5,
    "distance": lambda now, first: now["objective/kl"] > 15,
    "form": lambda now, first: now["responses/malformed_fraction"] - first["responses/malformed_fraction"] > 0.2,
}


def confirmed(now):
    return now["judge/rise_low"] > 0 and not fell(now)


def rings(run):
    """The step at which each alarm rings first, None where it never does; `any` is what a run with a judge says."""
    first = run[0]
    found = {}
    for name, rule in ALARMS.items():
        at = [now["step"] for now in run[1:] if now["objective/scores"] > first["objective/scores"] and rule(now, first)]
        found[name] = at[0] if at else None
    highest = first["objective/scores_max"]
    at = []
    for now in run[1:]:
        highest = max(highest, now["objective/scores_max"])
        if now["objective/scores_at_max"] > 0.9 and now["objective/scores_max"] == highest and now["objective/scores"] > first["objective/scores"]:
            at.append(now["step"])
    found["saturated"] = at[0] if at else None
    at = []
    for now in run[1:]:
        parted = ALARMS["the two part"](now, first)
        other = not confirmed(now) and any(ALARMS[name](now, first) for name in ALARMS if name != "the two part")
        if now["objective/scores"] > first["objective/scores"] and (parted or other):
            at.append(now["step"])
    found["any"] = at[0] if at else None
    return found


def said_of(run):
    result = json.loads((run / "result.json").read_text())
    verdict = result["verdict"] if isinstance(result["verdict"], str) else result["verdict"]["verdict"]
    return verdict, any(warning["code"] == "over-optimisation" for warning in json.loads((run / "warnings.json").read_text()))


def table(given):
    out = Path(given.out).resolve()
    rows = []
    for run in sorted(out.glob("*-*"), key=lambda run: (run.name.split("-")[0], int(run.name.split("-")[1]))):
        if (run / "seconds.txt").exists():
            found = evaluations(run)
            step, fall = turned(found)
            verdict, warned = said_of(run)
            seconds = float((run / "seconds.txt").read_text())
            rows.append({"run": run.name, "turned": step, "fall": fall, "verdict": verdict, "warned": warned, "seconds": seconds, **rings(found)})
            rows[-1]["judge"] = [round(now["judge/score"], 3) for now in found]
            shown = ", ".join(f"{name} {rows[-1][name]}" for name in [*ALARMS, "saturated", "any"] if rows[-1][name] is not None)
            print(f"{run.name}: turned at {step}, fell by {fall:.3f}; {shown or 'nothing rang'}; {verdict}{', warned' if warned else ''}")
    print()
    for kind in dict.fromkeys(row["run"].split("-")[0] for row in rows):
        of = [row for row in rows if row["run"].split("-")[0] == kind]
        print(f"{kind}: {len(of)} runs, {sum(row['seconds'] for row in of) / 60:.0f} minutes of processor time")
        print("  verdicts", dict(collections.Counter(row["verdict"] for row in of)), "warned at the end", sum(row["warned"] for row in of))
        for name in [*ALARMS, "saturated", "any"]:
            late = sorted(row[name] - row["turned"] for row in of if row[name] is not None)
            told = f", {statistics.median(late):+.0f} steps after the turn ({late[0]:+d} to {late[-1]:+d})" if late else ""
            print(f"  {name}: rang in {len(late)} of {len(of)}{told}")
    (out / "table.json").write_text(json.dumps(rows, indent=1) + "\n")


def flipped(row, wrong):
    return {**row, "chosen": row["rejected"], "rejected": row["chosen"]} if wrong else row


def proxies(given, out, seed):
    """Trains the reward models of a seed, each on 40 pairs of its own of which about a third are labelled the wrong way round."""
    rows = lines(DEMO / "train.jsonl")
    members = []
    for member in range(4):
        run = out / f"reward-{seed}-{member}"
        if not (run / "result.json").exists():
            draw = random.Random(1000 * seed + member)
            pairs = out / f"pairs-{seed}-{member}.jsonl"
            pairs.write_text("".join(json.dumps(flipped(row, draw.random() < 0.35)) + "\n" for row in draw.sample(rows, 40)))
            words = "--epochs 4 --batch-size 8 --learning-rate 2e-3 --lora-rank 8 --dtype fp32 --device cpu --threads 1 --samples 0 --report false"
            align(given, "reward", "--model", DEMO / "model", "--data", pairs, "--out", run, "--seed", 10 * seed + member, *words.split())
        members.append(str(run))
    return "ensemble:" + "+".join(members)


def at_equal_kl(given, out, seed, penalty, reward, train, held):
    """Evaluates each step until one is within 5 % of the divergence asked for; where none is, tries other KL coefficients."""
    tried = []
    for times in (1, 0.6, 1.6, 0.4, 0.7 / 3):
        coefficient = given.kl_coefficient * times
        name = f"{seed}-{penalty:g}-{coefficient:.4g}"
        run = out / name
        spent = trained(
            given, run, reward, f"{coefficient:.6g}", seed, train, held, "--ensemble-penalty", penalty, "--eval-every", "1",
        )  # fmt: skip
        course = evaluations(run)
        tried += [line["objective/kl"] for line in course]
        near = next((line for line in course if abs(line["objective/kl"] / given.kl - 1) <= 0.05), None)
        print(f"  {name}: to {course[-1]['objective/kl']:.2f} nats, {spent:.0f} s, {'found at step %d' % near['step'] if near else 'not found'}", flush=True)
        if near:
            return {"seed": seed, "penalty": penalty, "run": name, "step": near["step"], "kl": near["objective/kl"], "gold": near["judge/score"],
                    "first": course[0]["judge/score"], "best": max(line["judge/score"] for line in course), "proxy": near["objective/scores"],
                    "found": True}  # fmt: skip
    return {"seed": seed, "penalty": penalty, "kl": min(tried, key=lambda kl: abs(kl - given.kl)), "found": False}


def ensemble(given):
    out = Path(given.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    train, held = prompts(out)
    rows = []
    for seed in map(int, given.seeds.split(",")):
        reward = proxies(given, out, seed)
        for penalty in (0, given.penalty):
            rows.append(at_equal_kl(given, out, seed, penalty, reward, train, held))
            print(json.dumps(rows[-1]), flush=True)
    pairs = [(a, b) for a in rows for b in rows if a["seed"] == b["seed"] and a["penalty"] == 0 < b["penalty"] and a["found"] and b["found"]]
    differences = [b["gold"] - a["gold"] for a, b in pairs]
    if len(differences) > 1:
        mean, error = statistics.fmean(differences), statistics.stdev(differences) / math.sqrt(len(differences))
        t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}.get(len(differences), 2.6)
        print(f"gold, penalty {given.penalty:g} less penalty 0 at {given.kl:g} nats: {mean:+.3f} ({mean - t * error:+.3f} to {mean + t * error:+.3f}), {len(differences)} seeds")
    (out / "ensemble.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("part", choices=("runs", "table", "ensemble", "score"))
    options.add_argument("role", nargs="?", choices=("word", "sound", "gold"))
    options.add_argument("--out")
    options.add_argument("--align", default=str(ROOT / "align"))
    options.add_argument("--kind", choices=tuple(KL))
    options.add_argument("--seeds", default="1,2,3,4,5")
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--kl", type=float, default=13, help="ensemble: nats per answer at which both are compared")
    options.add_argument("--kl-coefficient", type=float, default=0.003, help="ensemble: the first that is tried")
    options.add_argument("--penalty", type=float, default=1, help="ensemble: --ensemble-penalty against 0")
    given = options.parse_args()
    if given.part == "score":
        score(given.role)
    else:
        {"runs": runs, "table": table, "ensemble": ensemble}[given.part](given)


main()
