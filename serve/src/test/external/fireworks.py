"""fireworks-ai 1.2.30 against align serve: `python fireworks.py URL/v1 MODEL`. Ends with 0 where all of it is as at Fireworks."""

import asyncio
import json
import sys
import time
import urllib.request

# This file has the package's name.
sys.path = [place for place in sys.path if place != sys.path[0]]

import fireworks  # noqa: E402

URL, MODEL = sys.argv[1].removesuffix("/v1") + "/fireworks", sys.argv[2]
HI = [{"role": "user", "content": "Hi"}]
ENDED = ("JOB_STATE_COMPLETED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED")


def pairs(count):
    for number in range(count):
        yield json.dumps(
            {
                "input": {"messages": [{"role": "user", "content": f"What is {number}?"}]},
                "preferred_output": [{"role": "assistant", "content": f"{number} is a number."}],
                "non_preferred_output": [{"role": "assistant", "content": "I don't know."}],
            }
        )


def chats(count):
    for number in range(count):
        yield json.dumps(
            {
                "messages": [
                    {"role": "user", "content": f"What is {number}?"},
                    {"role": "assistant", "content": f"{number} is a number."},
                ]
            }
        )


def dataset(client, name, rows):
    content = "\n".join(rows).encode()
    made = client.datasets.create(dataset_id=name, dataset={"displayName": name, "exampleCount": "1", "format": "CHAT", "userUploaded": {}})
    assert made.state == "UPLOADING" and made.name == f"accounts/acme/datasets/{name}", made
    assert client.datasets.upload(dataset_id=name, file=("rows.jsonl", content)).bytes == len(content)
    client.datasets.validate_upload(dataset_id=name, body={})
    ready = client.datasets.get(dataset_id=name)
    assert (ready.state, ready.example_count) == ("READY", str(len(content.splitlines()))), ready
    return made.name


def ended(get):
    for _ in range(1200):
        job = get()
        if job.state in ENDED:
            return job
        time.sleep(0.1)
    raise AssertionError(f"{job.name} didn't end: {job.state}")


def refused(kind, call, *place, **asked):
    try:
        call(*place, **asked)
    except kind as error:
        return error
    raise AssertionError(f"{place} {asked} was taken")


def preferences(client):
    rows = dataset(client, "pairs", pairs(24))
    asked = {"dataset": rows, "training_config": {"base_model": f"accounts/fireworks/models/{MODEL}", "epochs": 2, "learning_rate": 1e-3}}
    asked["training_config"] |= {"batch_size_samples": 4, "gradient_accumulation_steps": 2, "lora_rank": 8, "batch_size": 4096, "output_model": "says"}
    job = client.dpo_jobs.create(
        dpo_job_id="first",
        display_name="First",
        loss_config={"method": "DPO", "dpo": {"beta": 0.2}},
        wandb_config={"enabled": True, "api_key": "secret", "project": "p"},
        **asked,
    )
    assert job.name == "accounts/acme/dpoJobs/first" and "secret" not in job.to_json(), job
    done = ended(lambda: client.dpo_jobs.get("first"))
    assert done.state == "JOB_STATE_COMPLETED", done
    assert done.training_config.output_model == "accounts/acme/models/says" and done.loss_config.dpo.beta == 0.2, done
    figures = urllib.request.urlopen(client.dpo_jobs.get_metrics_file_endpoint("first").signed_url).read().decode()
    assert figures.startswith("step,train_loss") and len(figures.splitlines()) == 7, figures
    said = client.chat.completions.create(model="accounts/acme/models/says", messages=HI, max_tokens=8, temperature=0)
    chunks = list(client.chat.completions.create(model="accounts/acme/models/says", messages=HI, max_tokens=8, temperature=0, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == said.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == said.usage.completion_tokens
    refused(fireworks.ConflictError, client.with_options(max_retries=0).dpo_jobs.create, dpo_job_id="first", **asked)
    asked["training_config"].pop("output_model")
    refused(fireworks.BadRequestError, client.dpo_jobs.create, loss_config={"method": "GRPO"}, **asked)
    refused(fireworks.BadRequestError, client.dpo_jobs.create, loss_config={"method": "DPO", "dpo": {"beta": 0.5}}, **asked)
    odds = client.dpo_jobs.create(dpo_job_id="odds", loss_config={"method": "ORPO"}, **asked)
    assert odds.loss_config.method == "ORPO"
    client.dpo_jobs.cancel("odds", body={})
    assert ended(lambda: client.dpo_jobs.get("odds")).state in ("JOB_STATE_CANCELLED", "JOB_STATE_COMPLETED")
    names = [each.name for each in client.dpo_jobs.list(page_size=1)]
    assert names == ["accounts/acme/dpoJobs/first", "accounts/acme/dpoJobs/odds"], names
    assert [each.name for each in client.dpo_jobs.list(filter="state=JOB_STATE_COMPLETED", order_by="createTime desc")][-1] == names[0]
    assert client.models.get("says").fine_tuning_job == names[0]
    client.dpo_jobs.delete("odds")
    refused(fireworks.NotFoundError, client.dpo_jobs.get, "odds")


async def supervised(client):
    dataset(client, "chats", chats(20))
    endpoint = client.datasets.create(dataset_id="more", dataset={"userUploaded": {}}) and client.datasets.get_upload_endpoint(
        dataset_id="more", filename_to_size={"more.jsonl": str(len("\n".join(chats(12))))}
    )
    (address,) = endpoint.filename_to_signed_urls.values()
    request = urllib.request.Request(address, data="\n".join(chats(12)).encode(), method="PUT")
    assert urllib.request.urlopen(request).status == 200
    assert client.datasets.get(dataset_id="more").example_count == "12"
    async with fireworks.AsyncFireworks(base_url=URL, api_key="any", account_id="acme") as other:
        job = await other.supervised_fine_tuning_jobs.create(
            dataset="chats", supervised_fine_tuning_job_id="s1", base_model=MODEL, epochs=2, batch_size_samples=8,
            learning_rate=1e-3, evaluation_dataset="more", early_stop=True,
        )
        while job.state not in ENDED:
            await asyncio.sleep(0.1)
            job = await other.supervised_fine_tuning_jobs.get("s1")
        assert (job.state, job.output_model) == ("JOB_STATE_COMPLETED", "accounts/acme/models/s1"), job
        further = await other.supervised_fine_tuning_jobs.create(dataset="chats", warm_start_from="accounts/acme/models/s1", epochs=1)
        while further.state not in ENDED:
            await asyncio.sleep(0.1)
            further = await other.supervised_fine_tuning_jobs.get(further.name.split("/")[-1])
        assert further.state == "JOB_STATE_COMPLETED", further
        answer = await other.chat.completions.create(model="accounts/acme/models/s1", messages=HI, max_tokens=4)
        assert answer.choices[0].message.content
    raw = client.supervised_fine_tuning_jobs.with_raw_response.get("s1")
    assert raw.status_code == 200 and raw.parse().dataset == "chats"


def main():
    client = fireworks.Fireworks(base_url=URL, api_key="any", account_id="acme")
    preferences(client)
    asyncio.run(supervised(client))
    assert {each.kind for each in client.models.list()} == {"HF_BASE_MODEL", "HF_PEFT_ADDON"}
    refused(fireworks.NotFoundError, client.lora.load, model="accounts/acme/models/says", deployment="d")
    client.models.delete("says")
    refused(fireworks.NotFoundError, client.models.get, "says")
    for name in ("pairs", "chats", "more"):
        client.datasets.delete(dataset_id=name)
    assert list(client.datasets.list()) == []


main()
