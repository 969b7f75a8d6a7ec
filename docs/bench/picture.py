#!/usr/bin/env python3
"""Draws the picture of README.md and of the book's first page from a run of the demo: an answer before and after, and what the report shows.

    ./align demo --out runs/pictured
    python3 docs/bench/picture.py runs/pictured docs/demo.svg [--row 2]

Every word and figure is read from the run: the answers to the row, the share of held-out pairs whose chosen answer is likelier with its
Wilson interval, the verdict with its interval, and the loss by step.
"""
import argparse
import html
import json
import math
import pathlib
import textwrap

STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1c1d20}
.m{fill:#66696f}.l{stroke:#e3e3de;fill:none}.b{fill:#c2642a}.a{fill:#1f7a4d}.p{fill:#fcfcfa}.c{fill:#fff;stroke:#e3e3de}
.sb{stroke:#c2642a}.sa{stroke:#1f7a4d}.t{stroke:#3d6fb6;fill:none}
@media(prefers-color-scheme:dark){text{fill:#e6e6e3}.m{fill:#999ca3}.l{stroke:#2f3138}.b{fill:#ea965d}.a{fill:#62c08f}
.p{fill:#15161a}.c{fill:#1b1d22;stroke:#2f3138}.sb{stroke:#ea965d}.sa{stroke:#62c08f}.t{stroke:#7aa7e8}}
""".replace("\n", "")


def lines_of(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


def wilson(hits, n, z=1.959964):
    middle = (hits / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def likelier(file):
    rows = lines_of(file)
    return sum(row["chosen"] > row["rejected"] for row in rows), len(rows)


class Picture:
    def __init__(self, height):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" width="640" height="{height}">'
                      f'<style>{STYLE}</style><rect class="p" width="640" height="{height}" rx="8"/>']

    def add(self, part):
        self.parts.append(part)

    def text(self, x, y, text, size=17, kind="", anchor="start"):
        kind = f' class="{kind}"' if kind else ""
        anchor = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.add(f'<text x="{x:g}" y="{y:g}" font-size="{size}"{kind}{anchor}>{html.escape(text, quote=False)}</text>')

    def said(self, y, label, kind, text):
        rows = textwrap.wrap(" ".join(text.split()), 56)
        height = 14 + 24 * len(rows)
        self.text(20, y + 24, label, 16, kind)
        self.add(f'<rect class="c" x="96" y="{y}" width="528" height="{height}" rx="8"/>')
        if kind != "m":
            self.add(f'<rect class="{kind}" x="96" y="{y}" width="4" height="{height}"/>')
        for number, row in enumerate(rows):
            self.text(112, y + 25 + 24 * number, row, 18)
        return y + height + 8


def share(picture, y, label, kind, hits, n):
    low, high = wilson(hits, n)
    x = lambda part: 100 + 130 * part
    picture.text(20, y + 5, label, 16, kind)
    picture.add(f'<path class="l" d="M{x(0)} {y}H{x(1)}"/><path class="s{kind}" stroke-width="3" d="M{x(low):.1f} {y}H{x(high):.1f}"/>'
                f'<circle class="{kind}" cx="{x(hits / n):.1f}" cy="{y}" r="5.5"/>')
    picture.text(316, y + 6, f"{math.floor(1000 * hits / n + .5) / 10:.1f} %", 18, "", "end")


def curve(picture, losses):
    left, right, top, bottom = 392, 616, 0, 0
    top, bottom = picture.top + 34, picture.top + 108
    x = lambda step: left + (right - left) * step / losses[-1][0]
    y = lambda loss: bottom - (bottom - top) * loss / 0.7
    for value in (0, 0.7):
        picture.add(f'<path class="l" d="M{left} {y(value):g}H{right}"/>')
        picture.text(left - 8, y(value) + 5, f"{value:g}", 15, "m", "end")
    points = " ".join(f"{x(step):.0f},{y(loss):.1f}" for step, loss in losses)
    picture.add(f'<polyline class="t" stroke-width="2" points="{points}"/>')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--row", type=int, default=2)
    options = parser.parse_args()
    demo = options.run / "demo"
    before, after = (lines_of(demo / f"answers-{when}.jsonl")[options.row] for when in ("before", "after"))
    asked = before["prompt"].split("<|im_start|>user\n")[-1].split("<|im_end|>")[0]
    result = json.load(open(options.run / "result.json"))
    likelier_moved = next(one for one in result["evidence"] if one["figure"] == "chosen_likelier")
    losses = [(line["step"], line["loss"]) for line in lines_of(options.run / "metrics.jsonl") if "loss" in line]

    picture = Picture(360)
    y = picture.said(16, "asked", "m", asked)
    y = picture.said(y, "before", "b", before["completion"])
    y = picture.said(y, "after", "a", after["completion"])
    picture.top = y + 30
    verdict = result["verdict"].capitalize()
    low, high = (100 * bound for bound in likelier_moved["interval"])
    picture.text(20, picture.top, f"{verdict}: +{100 * likelier_moved['difference']:.1f} points, 95 % interval {low:+.1f} to {high:+.1f}", 19)
    picture.text(20, picture.top + 34, "courteous answer likelier", 16, "m")
    hits, n = likelier(demo / "scores-before.jsonl")
    share(picture, picture.top + 62, "before", "b", hits, n)
    hits, n = likelier(demo / "scores-after.jsonl")
    share(picture, picture.top + 92, "after", "a", hits, n)
    picture.text(20, picture.top + 128, f"of {n} pairs with unseen prompts", 15, "m")
    curve(picture, losses)
    picture.text(392, picture.top + 128, f"loss, {losses[-1][0]} steps of DPO", 15, "m")
    picture.add("</svg>")
    height = f"{picture.top + 140:g}"
    options.out.write_text("\n".join(picture.parts).replace("360", height) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
