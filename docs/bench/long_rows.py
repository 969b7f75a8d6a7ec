#!/usr/bin/env python3
"""Preference rows with long conversations, for docs/results-notes.md's figures at 5,000 tokens a pair, from text that you give.

    docs/bench/long_rows.py TEXT_OR_FOLDER rows.jsonl [--rows 8] [--prompt-words 2500] [--answer-words 850]

A text is plain or gzipped; of a folder, all its .txt, .md and .gz files are read, by name. A row takes the next words for its prompt, the
next for its chosen answer and the next for its rejected one, so that no word occurs in two rows. The words say nothing about which answer
is better: such rows measure time and memory. With the defaults and wikitext a pair comes to about 5,000 tokens of SmolLM2's tokenizer,
its prompt once.
"""
import argparse, gzip, json, pathlib, sys

parser = argparse.ArgumentParser()
parser.add_argument("text", type=pathlib.Path)
parser.add_argument("rows_file", type=pathlib.Path)
parser.add_argument("--rows", type=int, default=8)
parser.add_argument("--prompt-words", type=int, default=2500)
parser.add_argument("--answer-words", type=int, default=850)
options = parser.parse_args()
if min(options.rows, options.prompt_words, options.answer_words) < 1:
    parser.error("rows and words must be 1 or more")


def words(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as text:
        for line in text:
            yield from line.split()


def all_words():
    files = [options.text]
    if options.text.is_dir():
        files = sorted(path for path in options.text.rglob("*") if path.suffix in (".txt", ".md", ".gz"))
    for path in files:
        yield from words(path)


def take(source, count):
    taken = [word for word, _ in zip(source, range(count))]
    if len(taken) < count:
        needed = options.rows * (options.prompt_words + 2 * options.answer_words)
        sys.exit(f"{options.text} holds too few words: {needed} are needed. Give a longer text, or ask for fewer rows or words.")
    return " ".join(taken)


def main():
    source = all_words()
    with open(options.rows_file, "w", encoding="utf-8") as out:
        for _ in range(options.rows):
            prompt = take(source, options.prompt_words)
            chosen, rejected = (take(source, options.answer_words) for _ in range(2))
            out.write(json.dumps({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": chosen}],
                "rejected": [{"role": "assistant", "content": rejected}]}, ensure_ascii=False) + "\n")


main()
