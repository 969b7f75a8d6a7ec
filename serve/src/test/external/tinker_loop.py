"""Tinker's SDK, unchanged but for base URL and key: python tinker_loop.py BASE_URL [MODEL] [KEY].

A training loop of the client's own: the six losses, steps, DPO as a loss in torch, states saved and loaded, samples and log-probabilities, lists of runs
and checkpoints, weights for other programs; and refusals. Any failure ends the script with a trace.
"""

import math
import os
import sys
import urllib.request

from parts import check, refused

import tinker
import torch
import torch.nn.functional as F
from tinker import types

os.environ.setdefault("TINKER_TELEMETRY", "0")
HOST = sys.argv[1].rstrip("/").removesuffix("/v1")
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "tml-any"
CHOSEN, REJECTED = [9, 8, 7, 6, 5], [5, 6, 7, 8, 9]


def datum(tokens, **inputs):
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs={"target_tokens": tokens[1:], **inputs})


def floats(values):
    return types.TensorData(data=[float(value) for value in values], dtype="float32", shape=[len(values)])


def logprobs(output):
    return [torch.tensor(each["logprobs"].data) for each in output.loss_fn_outputs]


def losses(client):
    tokens = [1, 2, 3, 4, 5, 6]
    ones = [1.0] * 5
    first = client.forward([datum(tokens, weights=ones)], "cross_entropy").result()
    p = logprobs(first)[0]
    check(p.shape == (5,) and abs(first.metrics["loss:sum"] + p.sum().item()) < 1e-3, first)
    q, a = p - 0.1, torch.tensor([1.0, -1.0, 0.5, 0.0, 2.0])
    r = torch.exp(p - q)
    drawn = {"logprobs": floats(q.tolist()), "advantages": floats(a.tolist())}
    clip = torch.clip(r, 0.95, 1.05)
    bounds = {"clip_low_threshold": 0.95, "clip_high_threshold": 1.05}
    expected = {
        "importance_sampling": (-(r * a).sum(), drawn, None),
        "ppo": (-torch.min(r * a, clip * a).sum(), drawn, bounds),
        "cispo": (-(clip * p * a).sum(), drawn, bounds),
        "dro": (-(p * a - 0.5 * 0.1 * (p - q) ** 2).sum(), drawn, {"beta": 0.1}),
        "gspo": (-torch.min(r * a, clip * a).sum(), drawn | {"sequence_ratio_mask": floats(ones)}, bounds),
    }
    for name, (loss, inputs, config) in expected.items():
        output = client.forward_backward([datum(tokens, **inputs)], name, config).result()
        check(abs(output.metrics["loss:sum"] - loss.item()) <= 1e-5 * max(1, abs(loss.item())), (name, output.metrics, loss))
        check(torch.equal(logprobs(output)[0], p), "a loss leaves the weights alone")
    two = types.TensorData(data=[2, 3, 4, 5, 6, 7, 3, 2, 1, 0], dtype="int64", shape=[5, 2])
    distilled = types.Datum(
        model_input=types.ModelInput.from_ints(tokens[:-1]),
        loss_fn_inputs={"target_tokens": two, "weights": types.TensorData(data=[0.5] * 10, dtype="float32", shape=[5, 2])},
    )
    check(client.forward_backward([distilled], "cross_entropy").result().loss_fn_outputs[0]["logprobs"].shape == [5, 2], "targets [T, K]")
    error = refused(tinker.BadRequestError, lambda: client.forward_backward([datum(tokens)], "stable_reinforce").result())
    check("importance_sampling" in str(error), error)
    error = refused(tinker.BadRequestError, lambda: client.forward_backward([datum(tokens, weights=[math.nan] * 5)], "cross_entropy").result())
    check("nan" in str(error).lower(), error)
    step = client.optim_step(types.AdamParams(learning_rate=1e-3)).result()
    check(step.metrics["gradient_norm"] > 0, step)
    after = logprobs(client.forward([datum(tokens, weights=ones)], "cross_entropy").result())[0]
    check(not torch.equal(after, p), "a step moves the weights")


def dpo(client, service, path):
    """DPO as torch computes it, over log-probabilities that the server computes, against the weights at a path."""
    reference = service.create_sampling_client(model_path=path).result()
    start = [1, 2, 3]
    data = [datum(start + answer, weights=[0.0, 0.0] + [1.0] * 5) for answer in (CHOSEN, REJECTED)]
    fixed = [sum(reference.compute_logprobs(types.ModelInput.from_ints(start + answer)).result()[3:]) for answer in (CHOSEN, REJECTED)]

    def loss(data, found):
        chosen, rejected = (each[2:].sum() for each in found)
        margin = 0.1 * ((chosen - fixed[0]) - (rejected - fixed[1]))
        return -F.logsigmoid(margin), {"margin": margin.item()}

    seen = []
    for _ in range(5):
        output = client.forward_backward_custom(data, loss)
        step = client.optim_step(types.AdamParams(learning_rate=1e-3))
        seen.append(output.result().metrics)
        step.result()
    check(abs(seen[0]["loss:sum"] - math.log(2)) < 0.02, seen)  # bf16's rounding; in fp32 it is ln 2 to six digits
    check(seen[-1]["margin"] > seen[0]["margin"] and seen[-1]["loss:sum"] < math.log(2), seen)


def states(client, service):
    tokens = [datum([3, 1, 4, 1, 5, 9, 2, 6], weights=[1.0] * 7)]
    saved = client.save_state("middle").result().path
    before = logprobs(client.forward(tokens, "cross_entropy").result())[0]

    def two_steps(one):
        for _ in range(2):
            one.forward_backward(tokens, "cross_entropy")
            one.optim_step(types.AdamParams(learning_rate=1e-3)).result()
        return logprobs(one.forward(tokens, "cross_entropy").result())[0]

    there = two_steps(client)
    other = service.create_training_client_from_state_with_optimizer(saved).result()
    check(torch.equal(logprobs(other.forward(tokens, "cross_entropy").result())[0], before), "the state is as it was saved")
    check(torch.equal(two_steps(other), there), "the same steps from a saved state have the same bits")
    client.load_state_with_optimizer(saved).result()
    check(torch.equal(two_steps(client), there), "loaded onto the model that saved it, too")
    fresh = service.create_training_client_from_state(saved).result()
    check(not torch.equal(two_steps(fresh), there), "without the optimizer's state they differ")
    error = refused(tinker.RequestFailedError, lambda: client.save_state("middle").result())
    check("another name" in str(error), error)
    return saved


def samples(client):
    sampler = client.save_weights_and_get_sampling_client()
    sampler = sampler.result() if hasattr(sampler, "result") else sampler
    prompt = types.ModelInput.from_ints([1, 2, 3, 4])
    params = types.SamplingParams(max_tokens=8, seed=7, temperature=0.9, stop=[])
    both = [sampler.sample(prompt, 3, params, include_prompt_logprobs=True, topk_prompt_logprobs=3, topk_sample_logprobs=2).result() for _ in range(2)]
    first = both[0]
    check([each.tokens for each in first.sequences] == [each.tokens for each in both[1].sequences], "an equal seed gives equal samples")
    check(len(first.sequences) == 3 and all(len(each.tokens) == 8 and each.stop_reason == "length" for each in first.sequences), first)
    check(len({tuple(each.tokens) for each in first.sequences}) > 1, "samples differ")
    check(first.prompt_logprobs[0] is None and len(first.prompt_logprobs) == 4, first.prompt_logprobs)
    check(len(first.topk_prompt_logprobs) == 4 and len(first.topk_prompt_logprobs[1]) == 3, first.topk_prompt_logprobs)
    answer = first.sequences[0]
    whole = prompt.to_ints() + list(answer.tokens)
    read = sampler.compute_logprobs(types.ModelInput.from_ints(whole)).result()
    trained = logprobs(client.forward([datum(whole, weights=[1.0] * (len(whole) - 1))], "cross_entropy").result())[0].tolist()
    check(max(abs(one - other) for one, other in zip(read[4:], answer.logprobs)) < 0.05, (read, answer.logprobs))
    check(max(abs(one - other) for one, other in zip(read[1:], trained)) < 0.1, (read, trained))
    last = sampler.compute_logprobs(types.ModelInput.from_ints(whole), prompt_logprobs_last_n=2).result()
    check(last[-2:] == read[-2:] and last[:-2] == [None] * (len(whole) - 2), last)
    ids = types.TensorData(data=[5, -1, 6, 7, 8, 9], dtype="int64", shape=[3, 2])
    cells = sampler.sample(prompt, 1, types.SamplingParams(max_tokens=1), target_prompt_logprobs=ids).result().target_prompt_logprobs.to_torch()
    check(cells.shape == (3, 2) and math.isnan(cells[0, 1]) and (cells[1:] < 0).all(), cells)
    stopped = sampler.sample(prompt, 1, types.SamplingParams(max_tokens=8, seed=7, temperature=0.9, stop=[answer.tokens[2]])).result().sequences[0]
    check(stopped.stop_reason == "stop" and len(stopped.tokens) <= 3, stopped.tokens)
    check(list(stopped.tokens) == list(answer.tokens)[: len(stopped.tokens)], (stopped.tokens, answer.tokens))
    refused(tinker.BadRequestError, lambda: sampler.sample(prompt, 1, params, prompt_alt_tokens_k=2).result())


def lists(client, service, saved):
    rest = service.create_rest_client()
    run = rest.get_training_run(client.model_id).result()
    check(run.base_model == MODEL and run.is_lora and run.last_checkpoint.tinker_path == saved, run)
    check(client.model_id in [each.training_run_id for each in rest.list_training_runs().result().training_runs], "listed")
    check(rest.get_weights_info_by_tinker_path(saved).result().lora_rank == 32, "weights_info")
    check(saved in [each.tinker_path for each in rest.list_user_checkpoints().result().checkpoints], "checkpoints")
    external = client.save_weights_external("other").result().path
    urls = rest.get_external_weights_urls(external).result().urls
    check({"adapter_config.json", "adapter_model.safetensors"} <= set(urls), urls)
    check(urllib.request.urlopen(urls["adapter_model.safetensors"]).read()[8:9] == b"{", "safetensors")
    rest.set_checkpoint_ttl_from_tinker_path(saved, 3600).result()
    check([each for each in rest.list_checkpoints(client.model_id).result().checkpoints if each.tinker_path == saved][0].expires_at, "ttl")
    rest.delete_checkpoint_from_tinker_path(saved).result()
    refused(tinker.NotFoundError, lambda: rest.get_weights_info_by_tinker_path(saved).result())
    check(MODEL in [each.model_name for each in rest.get_server_capabilities().result().supported_models], "capabilities")


def main():
    with tinker.ServiceClient(base_url=HOST, api_key=KEY) as service:
        client = service.create_lora_training_client(base_model=MODEL).result()
        check(client.get_info().model_data.model_name == MODEL, "get_info")
        losses(client)
        fresh = service.create_lora_training_client(base_model=MODEL).result()  # without the momentum of those losses
        dpo(fresh, service, fresh.save_weights_for_sampler("start").result().path)
        saved = states(client, service)
        samples(client)
        lists(client, service, saved)
    print("tinker: all well")


main()
