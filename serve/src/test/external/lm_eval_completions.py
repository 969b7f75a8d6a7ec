"""lm-evaluation-harness by its local-completions beside `align eval`: lm_eval_completions.py BASE_URL MODEL, with a server of fp32 and ALIGN4J naming
the program align.

One task of multiple choice, the demo's held-out answers: the harness sends token ids with echo and logprobs and reads token_logprobs. Every item
must have the same choice, every log-likelihood be within TOLERANCE nats, and accuracies be equal. Then echo itself: no answer at all, and an answer.
"""

import glob
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import openai
from parts import DEMO, check, refused, rows

ITEMS = 24
TOLERANCE = 1e-4
TASK = """task: mc
dataset_path: json
dataset_kwargs:
  data_files:
    test: {rows}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{query}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - metric: acc
  - metric: acc_norm
metadata:
  version: 1
"""


def questions():
    for at, line in enumerate(rows("heldout.jsonl", 0, ITEMS).decode().splitlines()):
        row = json.loads(line)
        choices = [row["chosen"][-1]["content"], row["rejected"][-1]["content"]]
        yield {"query": row["prompt"][-1]["content"], "choices": choices[:: 1 - 2 * (at % 2)], "gold": at % 2}


def harness(folder, url, model):
    (folder / "task").mkdir()
    (folder / "task" / "mc.yaml").write_text(TASK.format(rows=folder / "mc.jsonl"), encoding="utf-8")
    arguments = f"model={model},base_url={url}/completions,tokenizer_backend=huggingface,tokenizer={DEMO / 'model'},tokenized_requests=True,max_retries=1"
    arguments += ",add_bos_token=True"
    subprocess.run(
        [sys.executable, "-m", "lm_eval", "run", "--model", "local-completions", "--model_args", arguments, "--tasks", "mc", "--include_path",
         str(folder / "task"), "--batch_size", "4", "--log_samples", "--output_path", str(folder / "harness")],
        check=True,
        env={**os.environ, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OPENAI_API_KEY": "none"},
    )
    samples = Path(glob.glob(str(folder / "harness/**/samples_*.jsonl"), recursive=True)[0]).read_text(encoding="utf-8").splitlines()
    samples = sorted((json.loads(line) for line in samples), key=lambda sample: sample["doc_id"])
    figures = json.loads(Path(glob.glob(str(folder / "harness/**/results_*.json"), recursive=True)[0]).read_text(encoding="utf-8"))
    return [[float(answer[0][0]) for answer in sample["resps"]] for sample in samples], figures["results"]["mc"]


def ours(folder):
    subprocess.run(
        [os.environ["ALIGN4J"], "eval", "--model", str(DEMO / "model"), "--tasks", str(folder / "mc.jsonl"), "--out", str(folder / "align"), "--dtype", "fp32",
         "--threads", "1", "--apply-chat-template", "false"],
        check=True,
    )
    items = (folder / "align" / "items-mc.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["log_likelihoods"] for line in items], json.loads((folder / "align" / "eval.json").read_text(encoding="utf-8"))["tasks"]["mc"]


def compare(folder, model):
    """Both in fp32: a processor with fast bf16 would serve in that, and round otherwise than the evaluation."""
    serving = subprocess.Popen(
        [os.environ["ALIGN4J"], "serve", "--dir", str(folder / "served"), "--models", f"{model}={DEMO / 'model'}", "--port", "0", "--dtype", "fp32", "--threads", "1", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        compare_with(folder, json.loads(serving.stdout.readline())["url"].removesuffix("/v1") + "/v1", model)
    finally:
        serving.terminate()
        serving.wait(60)


def compare_with(folder, url, model):
    (folder / "mc.jsonl").write_text("".join(json.dumps(row) + "\n" for row in questions()), encoding="utf-8")
    theirs, their_figures = harness(folder, url, model)
    own, figures = ours(folder)
    check(len(theirs) == len(own) == ITEMS, f"{len(theirs)} and {len(own)} items")
    apart = max(abs(a - b) for one, other in zip(theirs, own) for a, b in zip(one, other))
    check(apart <= TOLERANCE, f"log-likelihoods are {apart} nats apart")
    check([one.index(max(one)) for one in theirs] == [one.index(max(one)) for one in own], "choices differ")
    for name in ("acc", "acc_norm"):
        check(math.isclose(their_figures[name + ",none"], figures[name]), f"{name} is {their_figures[name + ',none']} and {figures[name]}")
    print(f"{ITEMS} items, acc {figures['acc']} and acc_norm {figures['acc_norm']} in both, log-likelihoods at most {apart:.3g} nats apart")


def echoes(client, model):
    read = client.completions.create(model=model, prompt="The river is wide.", echo=True, logprobs=2, max_tokens=0)
    choice = read.choices[0]
    check(choice.text == "The river is wide." and read.usage.completion_tokens == 0, read)
    scores = choice.logprobs
    check(scores.token_logprobs[0] is None and scores.top_logprobs[0] is None, scores)
    check(all(number < 0 for number in scores.token_logprobs[1:]), scores)
    check(len(scores.tokens) == len(scores.text_offset) == read.usage.prompt_tokens, scores)
    check(all(choice.text.startswith(token, at) for token, at in zip(scores.tokens, scores.text_offset) if not token.startswith("<")), scores)
    more = client.completions.create(model=model, prompt="The river is wide.", echo=True, logprobs=2, max_tokens=3, temperature=0).choices[0]
    check(more.logprobs.token_logprobs[: len(scores.tokens)] == scores.token_logprobs, more)
    check(len(more.logprobs.tokens) <= len(scores.tokens) + 3, more)
    check("echo" in str(refused(openai.BadRequestError, client.completions.create, model=model, prompt="A", max_tokens=0)), "max_tokens 0 without echo")


def main():
    url, model = sys.argv[1], sys.argv[2]
    echoes(openai.OpenAI(base_url=url, api_key=sys.argv[3] if len(sys.argv) > 3 else "none"), model)
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), model)


if __name__ == "__main__":
    main()
