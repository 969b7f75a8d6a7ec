"""Graders of a running server against the usual Python libraries: graders.py BASE_URL MODEL [CASES [SEED]], or graders.py --golden CASES SEED.

The second form prints cases with what the libraries give, one JSON object per line: serve/src/test/resources/org/align4j/serve/grade/cases.jsonl.
"""

import json
import random
import sys
import urllib.request

from nltk.translate.gleu_score import sentence_gleu
from nltk.translate.meteor_score import single_meteor_score
from rapidfuzz import fuzz
from rouge_score import rouge_scorer
from sacrebleu import sentence_bleu

STEMS = (
    "relat hop agre plaster motor conflat trouble size fall hiss fail happi sky condit valenc digit conform radic differ vile"
    " analog vietnam predic oper feudal decis hope callous formal sensit triplic form electric good reviv allow infer airlin gyroscop"
    " adjust defens irrit replac depend adopt homolog commun activ angular effect bowdler probat rate cease control roll fly die lie"
    " tie spy enjoy proceed exceed succeed news inning outing canning howe theolog geolog fulli rationalli"
).split()
ENDS = (
    "- ed- ing- s- es- ies- ied- y- ly- er- ement- ment- ent- ion- ation- ational- tional- ization- izer- alism- iveness- fulness-"
    " ousness- aliti- iviti- biliti- ness- ful- ical- icate- ative- alize- iciti- al- ance- ence- ic- able- ible- ant- ou- ism- ate-"
    " iti- ous- ive- ize- eed- ll- e- ee- yy- at- bl- iz- tt- ss- zz- ogi- alli- entli- ousli- eli- enci- anci- abli-"
).split()
OTHERS = (
    "the The a of, in. to; 'and' \"is\" 3.14 1,000 10-20 x-y -5 100% a.b e.g. U.S.A. (so) [it] {we} <skipped> &amp; &lt; &quot; it's"
    " end- \u00e9t\u00e9 \u00dcber na\u00efve \u0399\u03a3 \u4f60\u597d \U0001f600 \U0001f600\U0001f601 K \u212a I\u0307 stra\u00dfe _ __ ~ ` ! ? : / \\ @ #tag A1b2 \u2019s \u2014"
).split()
GAPS = [" "] * 30 + ["  ", "\n", "\t", "\u00a0", "\u2003", "-\n", " \n ", "\r\n", "\x1f", "\x85"]
METRICS = ["fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5", "rouge_l"]
ROUGE = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rouge3", "rouge4", "rouge5", "rougeL"])


class NoWordNet:
    @staticmethod
    def synsets(word):
        return []


def word(draw):
    if draw.random() < 0.4:
        return draw.choice(OTHERS)
    made = draw.choice(STEMS) + draw.choice(ENDS)[:-1]
    return draw.choice([made, made, made, made.capitalize(), made.upper()])


def joined(draw, words):
    text = "".join(w + draw.choice(GAPS) for w in words)
    return text if draw.random() < 0.3 else text.strip()


def changed(draw, words):
    words = list(words)
    for _ in range(draw.randrange(0, 2 + len(words) // 2)):
        at = draw.randrange(0, len(words) + 1)
        kind = draw.random()
        if kind < 0.3 or not words:
            words.insert(at, word(draw))
        elif kind < 0.6:
            words.pop(min(at, len(words) - 1))
        elif kind < 0.8:
            words[min(at, len(words) - 1)] = word(draw)
        else:
            other = draw.randrange(0, len(words) + 1)
            words = words[other:] + words[:other]
    return words


def cases(count, seed):
    draw = random.Random(seed)
    for number in range(count):
        few = [word(draw) for _ in range(8)]
        pool = (lambda: draw.choice(few)) if draw.random() < 0.5 else (lambda: word(draw))
        reference = [pool() for _ in range(draw.choice([0, 1, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 70]))]
        answer = changed(draw, reference) if draw.random() < 0.8 else [pool() for _ in range(draw.randrange(0, 12))]
        yield joined(draw, answer), joined(draw, reference)


def scores(answer, reference):
    rouge = ROUGE.score(reference, answer)
    return {
        "fuzzy_match": fuzz.ratio(answer, reference) / 100,
        "bleu": sentence_bleu(answer, [reference]).score / 100,
        "gleu": sentence_gleu([reference.split()], answer.split()),
        "meteor": single_meteor_score(reference.split(), answer.split(), wordnet=NoWordNet),
        **{f"rouge_{n}": rouge[f"rouge{n}"].fmeasure for n in range(1, 6)},
        "rouge_l": rouge["rougeL"].fmeasure,
    }


def served(base, answer, reference):
    grader = {
        "type": "multi",
        "name": "all",
        "calculate_output": " + ".join(METRICS),
        "graders": {
            metric: {
                "type": "text_similarity",
                "name": metric,
                "input": "{{sample.output_text}}",
                "reference": "{{item.reference}}",
                "evaluation_metric": metric,
            }
            for metric in METRICS
        },
    }
    body = json.dumps({"grader": grader, "model_sample": answer, "item": {"reference": reference}}).encode()
    request = urllib.request.Request(
        base + "/fine_tuning/alpha/graders/run", body, {"Content-Type": "application/json", "Authorization": "Bearer any"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        run = json.load(response)
    assert not any(value is True for value in run["metadata"]["errors"].values()), run
    assert abs(run["reward"] - sum(run["sub_rewards"].values())) < 1e-9, run
    return run["sub_rewards"]


def main():
    if sys.argv[1] == "--golden":
        for answer, reference in cases(int(sys.argv[2]), int(sys.argv[3])):
            print(json.dumps({"answer": answer, "reference": reference, **scores(answer, reference)}))
        return
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
    worst = 0.0
    for answer, reference in cases(count, seed):
        wanted = scores(answer, reference)
        given = served(sys.argv[1].rstrip("/"), answer, reference)
        for metric in METRICS:
            off = abs(wanted[metric] - given[metric])
            worst = max(worst, off)
            assert off <= 1e-6, (seed, metric, answer, reference, wanted[metric], given[metric])
    print(f"{count} cases of seed {seed}: ten metrics equal to the Python libraries', the largest difference {worst:.1e}")


main()
