"""Batches and webhooks by openai-python, usual and strict, against a running server: batches.py ADDRESS MODEL."""

import json
import sys
import time

import openai
from openai import OpenAI

address, model = sys.argv[1:3]


def requests(count):
    lines = []
    for i in range(count):
        body = {"model": model, "messages": [{"role": "user", "content": f"Tell me about {i}."}], "temperature": 0, "max_tokens": 12}
        lines.append(json.dumps({"custom_id": f"q{i}", "method": "POST", "url": "/v1/chat/completions", "body": body}))
    return ("\n".join(lines) + "\n").encode()


for strict in (False, True):
    client = OpenAI(base_url=address, api_key="any", _strict_response_validation=strict)
    file = client.files.create(file=("requests.jsonl", requests(20)), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"night": "1"})
    assert batch.status == "validating", batch
    while (batch := client.batches.retrieve(batch.id)).status not in ("completed", "failed", "expired", "cancelled"):
        time.sleep(0.2)
    assert batch.status == "completed", batch
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (20, 20, 0), batch
    assert batch.error_file_id is None and batch.usage.output_tokens > 0 and batch.metadata == {"night": "1"}
    answers = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert [answer["custom_id"] for answer in answers] == [f"q{i}" for i in range(20)]
    alone = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Tell me about 7."}], temperature=0, max_tokens=12)
    assert answers[7]["response"]["body"]["choices"][0]["message"]["content"] == alone.choices[0].message.content
    assert client.batches.list(limit=1).data[0].id == batch.id
    try:
        client.batches.cancel(batch.id)
        raise AssertionError("a batch that is over was cancelled")
    except openai.BadRequestError as refused:
        assert "completed" in refused.message
    wrong = client.files.create(file=("requests.jsonl", requests(1) + requests(1)), purpose="batch")
    failed = client.batches.create(input_file_id=wrong.id, endpoint="/v1/chat/completions", completion_window="24h")
    while (failed := client.batches.retrieve(failed.id)).status not in ("completed", "failed"):
        time.sleep(0.2)
    assert failed.errors.data[0].code == "duplicate_custom_id" and failed.errors.data[0].line == 2, failed
    many = client.files.create(file=("requests.jsonl", requests(3000)), purpose="batch")
    cancelled = client.batches.create(input_file_id=many.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert client.batches.cancel(cancelled.id).status in ("cancelling", "cancelled")
    while (cancelled := client.batches.retrieve(cancelled.id)).status != "cancelled":
        time.sleep(0.2)

print("batches: as openai", openai.__version__, "wants them")
