"""mistralai 2.4.0 against align serve: `python mistral.py URL/v1 MODEL`. Ends with 0 where all of it is as at Mistral."""

import asyncio
import json
import random
import sys
import time

from mistralai.client import Mistral, errors

URL, MODEL = sys.argv[1].removesuffix("/v1") + "/mistral", sys.argv[2]
HI = [{"role": "user", "content": "Hi"}]


def rows(count):
    words = ["rain", "sun", "wind", "snow"]
    for number in range(count):
        word = random.Random(number).choice(words)
        yield json.dumps(
            {"messages": [{"role": "user", "content": f"{number}: say {word}"}, {"role": "assistant", "content": word}]}
        )


def ended(client, job):
    for _ in range(1200):
        job = client.fine_tuning.jobs.get(job_id=job.id)
        if job.status in ("SUCCESS", "FAILED", "FAILED_VALIDATION", "CANCELLED"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{job.id} didn't end: {job.status}")


def refused(kind, status, call, **asked):
    try:
        call(**asked)
    except kind as error:
        assert error.status_code == status, error
        return error
    raise AssertionError(f"{asked} was taken")


def main():
    client = Mistral(server_url=URL, api_key="any")
    jobs = client.fine_tuning.jobs
    content = "\n".join(rows(40)).encode()
    file = client.files.upload(file={"file_name": "chats.jsonl", "content": content}, purpose="fine-tune")
    assert (file.size_bytes, file.sample_type, file.source) == (len(content), "instruct", "upload")
    assert client.files.download(file_id=file.id).read() == content
    assert client.files.list(page_size=1, purpose="fine-tune").total >= 1

    asked = {"model": MODEL, "training_files": [{"file_id": file.id, "weight": 1}], "suffix": "says"}
    job = jobs.create(
        **asked,
        validation_files=[file.id],
        hyperparameters={"training_steps": 3, "learning_rate": 1e-3, "warmup_fraction": 0.1, "weight_decay": 0.01},
        auto_start=False,
        integrations=[{"project": "p", "api_key": "secret"}],
    )
    for _ in range(600):
        if jobs.get(job_id=job.id).status == "VALIDATED":
            break
        time.sleep(0.1)
    assert jobs.start(job_id=job.id).status in ("QUEUED", "RUNNING")
    done = ended(client, job)
    assert done.status == "SUCCESS" and done.hyperparameters.training_steps == 3, done
    turns = [event.data["status"] for event in reversed(done.events) if event.name == "status-updated"]
    assert turns == ["VALIDATING", "VALIDATED", "QUEUED", "RUNNING", "SUCCESS"], turns
    assert jobs.list(suffix="says", status="SUCCESS").total >= 1

    tuned = done.fine_tuned_model
    said = client.chat.complete(model=tuned, messages=HI, max_tokens=8, temperature=0, random_seed=1)
    text = said.choices[0].message.content
    chunks = [event.data for event in client.chat.stream(model=tuned, messages=HI, max_tokens=8, temperature=0)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
    assert chunks[-1].usage.completion_tokens == said.usage.completion_tokens

    assert client.models.retrieve(model_id=tuned).job == job.id
    assert client.models.update(model_id=tuned, name="says", description="what it hears").name == "says"
    assert client.models.archive(model_id=tuned).archived
    refused(errors.SDKError, 400, client.chat.complete, model=tuned, messages=HI)
    assert not client.models.unarchive(model_id=tuned).archived

    async def beside():
        async with Mistral(server_url=URL, api_key="any") as other:
            answers = [other.chat.complete_async(model=tuned, messages=HI, max_tokens=8, temperature=0) for _ in range(4)]
            return [answer.choices[0].message.content for answer in await asyncio.gather(*answers)]

    assert asyncio.run(beside()) == [text] * 4

    other = jobs.create(**asked, hyperparameters={"training_steps": 5000}, auto_start=True)
    assert jobs.cancel(job_id=other.id).status == "CANCELLED"
    refused(errors.SDKError, 400, jobs.cancel, job_id=other.id)
    wrong = refused(errors.HTTPValidationError, 422, client.chat.complete, model=tuned, messages=HI, safe_prompt=True)
    assert wrong.data.detail[0].loc == ["body", "safe_prompt"]
    refused(errors.SDKError, 422, jobs.create, **{**asked, "model": "none"}, hyperparameters={"training_steps": 1})
    refused(errors.SDKError, 422, jobs.create, **asked, hyperparameters={"training_steps": 1}, job_type="classifier")
    refused(errors.SDKError, 404, jobs.get, job_id="none")
    assert client.models.delete(model_id=tuned).deleted
    assert client.files.delete(file_id=file.id).deleted


main()
