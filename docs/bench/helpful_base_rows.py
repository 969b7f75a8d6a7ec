"""Rows of hh-rlhf helpful-base for docs/results-notes.md, in file order; each part shares no first message with the parts before it.

    python helpful_base_rows.py helpful-base.test.jsonl.gz TOKENIZER_FOLDER OUT_FOLDER train=1000 eval=500
    python helpful_base_rows.py helpful-base.test.jsonl.gz TOKENIZER_FOLDER OUT_FOLDER first=900 second=900 test=rest
    python helpful_base_rows.py helpful-base.test.jsonl.gz TOKENIZER_FOLDER OUT_FOLDER longest=192 taught=600 examined=rest

Writes NAME.jsonl for each part into OUT_FOLDER, which it makes. Needs transformers. A pair is kept where both sides share their prompt, end in an answer of the assistant, differ, and take at most
512 tokens in the model's chat template, or as many as longest says.
"""
import gzip, json, pathlib, re, sys
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


def main(file, tokenizer, out, *parts):
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    template = AutoTokenizer.from_pretrained(tokenizer)

    def tokens(row, side):
        return len(template.apply_chat_template(row["prompt"] + row[side], tokenize=True, return_dict=False))

    given = [part.split("=") for part in parts]
    longest = next((int(count) for name, count in given if name == "longest"), 512)
    left = [r for r in rows(file)
            if r["chosen"] != r["rejected"] and max(tokens(r, "chosen"), tokens(r, "rejected")) <= longest]
    seen = set()
    for name, count in given:
        if name == "longest":
            continue
        left = [r for r in left if json.dumps(r["prompt"][0]) not in seen]
        taken, left = (left, []) if count == "rest" else (left[:int(count)], left[int(count):])
        seen |= {json.dumps(r["prompt"][0]) for r in taken}
        with open(f"{out}/{name}.jsonl", "w", encoding="utf-8") as lines:
            for row in taken:
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(name, len(taken))


if len(sys.argv) < 5 or not all("=" in part for part in sys.argv[4:]):
    sys.exit(__doc__)
for given, there in ((sys.argv[1], pathlib.Path(sys.argv[1]).is_file()), (sys.argv[2], pathlib.Path(sys.argv[2], "tokenizer_config.json").is_file())):
    if not there:
        sys.exit(f"helpful_base_rows.py: {given} isn't there or has no tokenizer_config.json; give the rows' file and the folder of a model with its tokenizer.")
main(*sys.argv[1:])
