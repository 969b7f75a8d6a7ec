"""Loads a GGUF file in llama.cpp (xllamacpp) and compares tokens of texts and greedy tokens with what Align4J said of its model.

python3 gguf_file.py FILE.gguf EXPECTED.json CLOSE, where EXPECTED has "texts": [{"text", "ids"}] and "greedy": [{"prompt", "ids"}], and answers may part
where two tokens' log-probabilities differ by less than CLOSE nats: 0 for nowhere, inf for anywhere.
"""

import json
import sys
import urllib.request

import xllamacpp as llama

path, expected, close = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), float(sys.argv[3])
params = llama.CommonParams()
params.model.path = path
params.n_ctx = 256
params.verbosity = -1
params.warmup = False
params.n_parallel = 1
params.fit_params = False
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.cache_type_k = params.cache_type_v = llama.ggml_type.GGML_TYPE_F32
params.flash_attn_type = llama.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
server = llama.Server(params)


def post(door, body):
    request = urllib.request.Request(
        server.listening_address + door, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def answer(prompt, tokens):
    """Greedy tokens, computed anew: with what it kept of an earlier prompt the server may answer otherwise."""
    body = {"prompt": prompt, "n_predict": tokens, "top_k": 1, "temperature": 0, "n_probs": 8, "cache_prompt": False}
    return post("/completion", body | {"return_tokens": True})


def gap(prompt, other):
    """How much likelier than another token the likeliest one is; None where the server keeps it for itself, of tokens that are part of a letter."""
    steps = answer(prompt, 1).get("completion_probabilities")
    if not steps:
        return None
    likeliest = {each["id"]: each["logprob"] for each in steps[0]["top_logprobs"]}
    return max(likeliest.values()) - likeliest.get(other, float("-inf"))


for case in expected["texts"]:
    ids = post("/tokenize", {"content": case["text"], "add_special": True, "parse_special": True})["tokens"]
    assert ids == case["ids"], (case["text"], ids, case["ids"])
parted = unknown = 0
for case in expected["greedy"]:
    ids = answer(case["prompt"], len(case["ids"]))["tokens"]
    assert ids, case["prompt"]
    same = 0
    while same < min(len(ids), len(case["ids"])) and ids[same] == case["ids"][same]:
        same += 1
    if same < min(len(ids), len(case["ids"])):
        parted += 1
        if close != float("inf"):
            apart = gap(case["prompt"] + case["ids"][:same], case["ids"][same])
            unknown += apart is None
            assert apart is None or apart < close, (case["prompt"], same, ids, case["ids"], apart)
assert unknown <= 3, unknown
print(len(expected["texts"]), "texts are equal;", parted, "of", len(expected["greedy"]), "answers part")
