"""Writes schemas.json from OpenAI's description of its API.

git show f85dbe2:openapi.json of https://github.com/openai/openai-openapi (MIT) is read from the first argument. Kept is what the tests use and
what that refers to, word for word but for texts that validate nothing (descriptions, examples, hints to generators of clients).
"""

import json
import sys
from pathlib import Path

USED = """ListFilesResponse OpenAIFile DeleteFileResponse Upload UploadPart FineTuningJob ListPaginatedFineTuningJobsResponse
ListFineTuningJobEventsResponse ListFineTuningJobCheckpointsResponse Model ListModelsResponse DeleteModelResponse ErrorResponse
CreateChatCompletionResponse CreateChatCompletionStreamResponse CreateCompletionResponse CreateFineTuningJobRequest
Batch ListBatchesResponse WebhookFineTuningJobSucceeded WebhookFineTuningJobFailed WebhookFineTuningJobCancelled
WebhookBatchCompleted WebhookBatchFailed WebhookBatchExpired WebhookBatchCancelled""".split()
TEXTS = {"description", "title", "x-oaiMeta", "example", "examples", "x-stainless-const", "x-oaiTypeLabel", "x-oaiExpandable", "deprecated"}
PREFIX = "#/components/schemas/"


def plain(node, names=False):
    """names: the keys of this node are names of properties or schemas, not words of the language."""
    if isinstance(node, list):
        return [plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: plain(value, key in ("properties", "patternProperties")) for key, value in node.items() if names or key not in TEXTS}


def refs(node):
    if isinstance(node, list):
        for each in node:
            yield from refs(each)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(PREFIX)
        for each in node.values():
            yield from refs(each)


document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
schemas, kept, todo = document["components"]["schemas"], {}, list(USED)
while todo:
    name = todo.pop()
    if name not in kept:
        kept[name] = plain(schemas[name])
        todo.extend(refs(kept[name]))
origin = "openai/openai-openapi, commit f85dbe2 (2026-08-21), openapi.json 2.3.0; MIT licence, Copyright (c) OpenAI (https://openai.com)"
out = {"$comment": origin, "components": {"schemas": dict(sorted(kept.items()))}}
(Path(__file__).parent / "schemas.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
