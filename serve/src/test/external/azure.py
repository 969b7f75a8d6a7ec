"""Azure's dialect by openai-python's AzureOpenAI: python azure.py BASE_URL [MODEL] [KEY], where BASE_URL ends in /v1 or has no path.

Runs upload, create (supervised, dpo, with a tier), state, events, checkpoints, result file, chat by deployment, batch of pages, cancel, delete; by the
class with api-version and by /openai/v1, awaited or not. Any failure ends the script with a trace.
"""

import asyncio
import sys
import time

import openai
from parts import awaited, check, pair, refused, rows

HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "any"
VERSION = "2025-04-01-preview"


def run(client):
    content = rows("train.jsonl", 0, 40, pair)
    pairs = client.files.create(file=("pairs.jsonl", content), purpose="fine-tune")
    check(client.files.content(pairs.id).read() == content, "content")
    chats = client.files.create(file=("chats.jsonl", rows("chats.jsonl", 0, 40)), purpose="fine-tune")
    check({each.id for each in client.files.list(limit=1)} >= {pairs.id, chats.id}, "listing")
    check(MODEL in [model.id for model in client.models.list()], "models")
    supervised = client.fine_tuning.jobs.create(
        model=MODEL, training_file=chats.id, seed=1, hyperparameters={"n_epochs": 1, "batch_size": 8}, suffix="azure"
    )
    dpo = client.fine_tuning.jobs.create(
        model=MODEL,
        training_file=pairs.id,
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 2, "batch_size": 8}}},
        extra_body={"trainingType": "GlobalStandard"},
    )
    check(dpo.model_extra["trainingType"] == "GlobalStandard", dpo)
    awaited(client.fine_tuning.jobs.retrieve, supervised.id, ["succeeded"])
    ended = awaited(client.fine_tuning.jobs.retrieve, dpo.id, ["succeeded"])
    messages = [event.message for event in client.fine_tuning.jobs.list_events(dpo.id, limit=5)]
    check("trainingType GlobalStandard: this machine is the only tier." in messages, messages)
    check(messages[0] == "The job has successfully completed", messages)
    points = list(client.fine_tuning.jobs.checkpoints.list(dpo.id, limit=1))
    check(len(points) == 2, points)
    head = client.files.content(ended.result_files[0]).text.splitlines()[0]
    columns = "step,train_loss,train_mean_token_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy"
    check(head.startswith(columns), head)
    for name in (MODEL, ended.fine_tuned_model, points[-1].fine_tuned_model_checkpoint):
        asked = dict(model=name, messages=[{"role": "user", "content": "Where is the kite?"}], max_tokens=8, temperature=0)
        answer = client.chat.completions.create(**asked)
        told = "".join(
            chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**asked, stream=True) if chunk.choices
        )
        check(answer.model == name and answer.choices[0].message.content == told, (answer, told))
    check([job.id for job in client.fine_tuning.jobs.list(limit=1)][0] == dpo.id, "jobs")
    long = client.fine_tuning.jobs.create(
        model=MODEL, training_file=pairs.id, method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}}
    )
    awaited(client.fine_tuning.jobs.retrieve, long.id, ["running"])
    check(client.fine_tuning.jobs.cancel(long.id).status == "cancelled", "cancel")
    refused(openai.BadRequestError, client.fine_tuning.jobs.cancel, long.id)
    refused(openai.NotFoundError, client.fine_tuning.jobs.retrieve, "ftjob-nothing")
    error = refused(
        openai.BadRequestError,
        client.fine_tuning.jobs.create,
        model=MODEL,
        training_file=pairs.id,
        extra_body={"trainingType": "Gold"},
    )
    check(error.param == "trainingType", error)
    refused(openai.NotFoundError, client.chat.completions.create, model="nothing", messages=[{"role": "user", "content": "Hi"}])
    for each in (pairs, chats):
        check(client.files.delete(each.id).deleted, "delete")


async def run_async():
    async with openai.AsyncAzureOpenAI(azure_endpoint=HOST, api_key=KEY, api_version=VERSION, max_retries=0) as client:
        raw = await client.fine_tuning.jobs.with_raw_response.list(limit=1)
        check(raw.http_response.status_code == 200 and raw.headers["x-request-id"], raw)
        answer = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Where is the kite?"}], max_tokens=4
        )
        check(answer.choices[0].message.content, answer)


begun = time.time()
with openai.AzureOpenAI(azure_endpoint=HOST, api_key=KEY, api_version=VERSION, max_retries=0) as one:
    run(one)
with openai.AzureOpenAI(azure_endpoint=HOST, azure_deployment=MODEL, api_key=KEY, api_version="2024-10-21", max_retries=0) as one:
    text = one.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hi"}], max_tokens=4)
    check(text.model == MODEL, text)
with openai.AzureOpenAI(azure_endpoint=HOST, api_key=KEY, api_version="yesterday", max_retries=0) as one:
    check(refused(openai.BadRequestError, one.files.list).param == "api-version", "version")
with openai.OpenAI(base_url=HOST + "/openai/v1/", api_key=KEY, max_retries=0) as one:
    run(one)
with openai.OpenAI(base_url=HOST + "/openai/v1/", api_key=KEY, default_query={"api-version": "preview"}, max_retries=0) as one:
    check(MODEL in [model.id for model in one.models.list()], "preview")
asyncio.run(run_async())
print(f"openai {openai.__version__}, AzureOpenAI: all held in {time.time() - begun:.1f} s")
