"""Rows of hh-rlhf helpful-base for docs/results.md: 1,000 training pairs, 500 held out with other first messages, in file order.

    python helpful_base_rows.py helpful-base.test.jsonl.gz TOKENIZER_FOLDER OUT_FOLDER

Needs transformers. A pair is kept where both sides share their prompt, end in an answer of the assistant, differ, and take at most
512 tokens in the model's chat template.
"""
import gzip, json, re, sys
from transformers import AutoTokenizer

TURN = re.compile(r"\n\n(Human|Assistant): ?(.*?)(?=\n\n(?:Human|Assistant):|\Z)", re.S)
ANSWER = "\n\nAssistant:"


def messages(text):
    return [{"role": "user" if m[1] == "Human" else "assistant", "content": m[2]} for m in TURN.finditer(text)]


def rows(file):
    for line in gzip.open(file, "rt", encoding="utf-8"):
        pair = json.loads(line)
        chosen, rejected = pair["chosen"], pair["rejected"]
        cut = chosen.rfind(ANSWER) + len(ANSWER)
        if chosen[:cut] != rejected[:cut] or not chosen[cut:].strip() or not rejected[cut:].strip():
            continue
        prompt = messages(chosen[:cut] + " x")[:-1]
        if prompt and prompt[-1]["role"] == "user":
            answer = lambda side: [{"role": "assistant", "content": side[cut:].strip()}]
            yield {"prompt": prompt, "chosen": answer(chosen), "rejected": answer(rejected)}


def main(file, tokenizer, out):
    template = AutoTokenizer.from_pretrained(tokenizer)

    def tokens(row, side):
        return len(template.apply_chat_template(row["prompt"] + row[side], tokenize=True, return_dict=False))

    fit = [r for r in rows(file)
           if r["chosen"] != r["rejected"] and max(tokens(r, "chosen"), tokens(r, "rejected")) <= 512]
    train = fit[:1000]
    seen = {json.dumps(r["prompt"][0]) for r in train}
    held_out = [r for r in fit[1000:] if json.dumps(r["prompt"][0]) not in seen][:500]
    for name, chosen in (("train", train), ("eval", held_out)):
        with open(f"{out}/{name}.jsonl", "w", encoding="utf-8") as lines:
            for row in chosen:
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(len(fit), "pairs fit;", len(train), "to train on,", len(held_out), "held out")


main(*sys.argv[1:])
