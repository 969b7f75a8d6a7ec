"""Loads a GGUF file in llama.cpp (xllamacpp) and compares tokens of texts and greedy tokens with what Align4J said of its model.

python3 gguf_file.py FILE.gguf EXPECTED.json, where EXPECTED has "texts": [{"text", "ids"}] and "greedy": [{"prompt", "ids"}].
"""

import json
import sys
import urllib.request

import xllamacpp as llama

path, expected = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
params = llama.CommonParams()
params.model.path = path
params.n_ctx = 256
params.verbosity = -1
params.warmup = False
params.n_parallel = 1
params.fit_params = False
params.cache_type_k = params.cache_type_v = llama.ggml_type.GGML_TYPE_F32
params.flash_attn_type = llama.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
server = llama.Server(params)


def post(door, body):
    request = urllib.request.Request(
        server.listening_address + door, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


for case in expected["texts"]:
    ids = post("/tokenize", {"content": case["text"], "add_special": True, "parse_special": True})["tokens"]
    assert ids == case["ids"], (case["text"], ids, case["ids"])
for case in expected["greedy"]:
    body = {"prompt": case["prompt"], "n_predict": len(case["ids"]), "top_k": 1, "temperature": 0, "return_tokens": True}
    ids = post("/completion", body)["tokens"]
    assert ids and ids == case["ids"][: len(ids)], (case["prompt"], ids, case["ids"])
print(len(expected["texts"]), "texts and", len(expected["greedy"]), "answers are equal")
