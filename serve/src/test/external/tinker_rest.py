"""What programs do with tinker's SDK beside training: python tinker_rest.py BASE_URL [MODEL] [KEY].

Lists, checkpoints, copies and times by RestClient, samplers by handle and pickled, the async calls; and everything that isn't here, which is refused in
words and leaves the model as it was.
"""

import asyncio
import math
import os
import pickle
import sys

from parts import check, refused

os.environ.setdefault("TINKER_TELEMETRY", "0")
HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "tml-any"

import tinker
from tinker import types

TOKENS = [5, 6, 7, 8, 9, 10]
PROMPT = types.ModelInput.from_ints(TOKENS)
IMAGE = types.ImageChunk(data=b"x", format="png", expected_tokens=3)


def datum(tokens=TOKENS, **inputs):
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs={"target_tokens": tokens[1:], **inputs})


def sample(sampler, **params):
    return sampler.sample(PROMPT, 1, types.SamplingParams(max_tokens=2, **params)).result()


def refusals(client, sampler):
    before = client.forward([datum()], "cross_entropy").result().metrics
    pictured = types.Datum(model_input=types.ModelInput(chunks=[IMAGE]), loss_fn_inputs={"target_tokens": [1, 2, 3]})
    forward = lambda *data, loss="cross_entropy", **named: client.forward_backward(list(data), loss, **named).result()
    for said, call in {
        "image": lambda: forward(pictured),
        "cut it": lambda: forward(datum(TOKENS * 1000)),
        "model's ids": lambda: forward(datum([10**6, 1])),
        "finite": lambda: forward(datum(weights=[math.nan] * 5)),
        "must be one of": lambda: forward(datum(), loss="nothing"),
        "importance_sampling": lambda: forward(datum(), loss="stable_reinforce"),
        "beta": lambda: forward(datum(), loss="dro", loss_fn_config={"bet": 1.0}),
        "beta1": lambda: client.optim_step(types.AdamParams(beta1=1.5)).result(),
        "letters and digits": lambda: client.save_state("a/b").result(),
        "text only": lambda: sampler.sample(types.ModelInput(chunks=[IMAGE]), 1, types.SamplingParams(max_tokens=2)).result(),
        "128": lambda: sampler.sample(PROMPT, 129, types.SamplingParams(max_tokens=2)).result(),
        "20": lambda: sampler.sample(PROMPT, 1, types.SamplingParams(max_tokens=2), topk_prompt_logprobs=21).result(),
        "temperature": lambda: sample(sampler, temperature=-1),
    }.items():
        error = str(refused(tinker.BadRequestError, call))
        check(said in error and ".." not in error, (said, error))
    check(client.forward([datum()], "cross_entropy").result().metrics == before, "a refused call changes nothing")
    many = client.forward([datum() for _ in range(1100)], "cross_entropy").result()
    check(len(many.loss_fn_outputs) == 1100, "a call that the client cuts into chunks")


def lists(client, service, named):
    rest = tinker.RestClient(base_url=HOST, api_key=KEY)
    saved = client.save_state("state", ttl_seconds=7200).result().path
    check(client.save_state("state", overwrite=True).result().path == saved, "overwrite")
    session = client.model_id.split(":")[0]
    run = rest.get_training_run_by_tinker_path(saved).result()
    check(run.training_run_id == client.model_id and run.lora_rank == 8 and run.user_metadata == {"who": "rest"}, run)
    check(len(rest.list_training_runs(limit=1).result().training_runs) == 1, "limit")
    check({each.checkpoint_id for each in rest.list_checkpoints(client.model_id).result().checkpoints} == {"weights/state", "sampler_weights/named"}, "checkpoints")
    check(rest.list_user_checkpoints(limit=1, offset=1).result().cursor.offset == 1, "cursor")
    check(rest.get_weights_info_by_tinker_path(named).result().base_model == MODEL, "weights_info")
    found = rest.get_session(session).result()
    check(client.model_id in found.training_run_ids and session in rest.list_sessions().result().sessions, found)
    check(rest.get_sampler(found.sampler_ids[0]).result().base_model == MODEL, "sampler")
    rest.set_checkpoint_ttl_from_tinker_path(saved, None).result()
    project = rest.get_training_run(client.model_id).result().model_owner
    copy = rest.copy_weights(saved, destination_project_id=project).result()
    check(copy != saved and service.create_training_client_from_state(copy).result().get_info().lora_rank == 8, copy)
    for call in (
        lambda: rest.publish_checkpoint_from_tinker_path(saved).result(),
        lambda: rest.unpublish_checkpoint_from_tinker_path(saved).result(),
        lambda: rest.assign_session_project(session, "other").result(),
        lambda: rest.export_session_trace(session).result(),
        lambda: rest.get_audit_log().result(),
        lambda: rest.get_current_checkpoint_storage_usage().result(),
        lambda: rest.get_training_run("0" * 32 + ":train:0").result(),
    ):
        check("error" in str(refused(tinker.NotFoundError, call)), "refused in words")
    rest.delete_checkpoint(client.model_id, "weights/state").result()
    check(saved not in [each.tinker_path for each in rest.list_user_checkpoints().result().checkpoints], "deleted")


async def awaited():
    service = tinker.ServiceClient(base_url=HOST, api_key=KEY)
    client = await service.create_lora_training_client_async(base_model=MODEL, rank=4)
    forward = await client.forward_backward_async([datum()], "cross_entropy")
    step = await client.optim_step_async(types.AdamParams())
    check((await forward.result_async()).metrics["tokens:sum"] == 5 and (await step.result_async()).metrics["steps"] == 1, "async")
    sampler = await client.save_weights_and_get_sampling_client_async()
    check(len((await sampler.sample_async(PROMPT, 2, types.SamplingParams(max_tokens=3))).sequences) == 2, "async sample")
    check((await sampler.compute_logprobs_async(PROMPT))[0] is None, "async logprobs")
    saved = (await (await client.save_state_async("state")).result_async()).path
    other = await service.create_training_client_from_state_with_optimizer_async(saved)
    check((await other.get_info_async()).lora_rank == 4, "async state")


def main():
    with tinker.ServiceClient(base_url=HOST, api_key=KEY) as service:
        client = service.create_lora_training_client(base_model=MODEL, rank=8, seed=3, user_metadata={"who": "rest"}).result()
        named = client.save_weights_for_sampler("named").result().path
        sampler = client.create_sampling_client(named).result()
        refusals(client, sampler)
        drawn = sample(sampler, seed=1).sequences[0].tokens
        other = tinker.SamplingClient.from_sampler_handle(sampler.get_sampler_handle(), api_key=KEY)
        for each in (other, pickle.loads(pickle.dumps(sampler))):
            check(sample(each, seed=1).sequences[0].tokens == drawn, "the sampler that it was")
        base = service.create_sampling_client(base_model=MODEL).result()
        found = [each.compute_logprobs(PROMPT).result()[1:] for each in (base, sampler)]
        check(max(abs(one - two) for one, two in zip(*found)) < 0.05, ("an adapter that learned nothing", found))
        lists(client, service, named)
    asyncio.run(awaited())
    print("tinker: lists, samplers, async calls and refusals")


main()
