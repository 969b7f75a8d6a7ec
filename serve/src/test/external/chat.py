"""Chats by openai-python, as it comes and with strict validation: chat.py BASE_URL MODEL [KEY]. Exits with 1 and a trace where something is wrong.

BASE_URL ends in /v1. The model must have a chat template; calls of functions are tried where it has tools, and must be refused by name
where it has none.
"""

import json
import sys

import openai


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def ask(model, **changes):
    fields = {
        "model": model,
        "messages": [{"role": "user", "content": "Name three colours."}],
        "temperature": 0,
        "max_completion_tokens": 24,
    }
    fields.update(changes)
    return fields


def chats(client, model):
    whole = client.chat.completions.create(**ask(model, logprobs=True, top_logprobs=2))
    text = whole.choices[0].message.content
    check(text and whole.object == "chat.completion" and whole.system_fingerprint, whole)
    check(whole.choices[0].finish_reason in ("stop", "length"), whole)
    check("".join(token.token for token in whole.choices[0].logprobs.content) == text, whole)
    check(whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, whole.usage)
    pieces, last = [], None
    for chunk in client.chat.completions.create(**ask(model, stream=True, stream_options={"include_usage": True})):
        last = chunk
        pieces += [choice.delta.content or "" for choice in chunk.choices]
    check("".join(pieces) == text, (pieces, text))
    check(not last.choices and last.usage.completion_tokens == whole.usage.completion_tokens, last)
    several = client.chat.completions.create(**ask(model, n=3, temperature=1.2, seed=3))
    again = client.chat.completions.create(**ask(model, n=3, temperature=1.2, seed=3))
    check(len({choice.message.content for choice in several.choices}) == 3, several)
    check([c.message.content for c in several.choices] == [c.message.content for c in again.choices], again)
    stop = text[4:7]
    cut = client.chat.completions.create(**ask(model, stop=[stop]))
    check(cut.choices[0].message.content == text[: text.index(stop)], cut)
    check(cut.choices[0].finish_reason == "stop", cut)


def objects(client, model):
    held = client.chat.completions.create(
        **ask(
            model,
            messages=[{"role": "user", "content": "Answer in JSON: a name and an age."}],
            response_format={"type": "json_object"},
            max_completion_tokens=200,
        )
    )
    if held.choices[0].finish_reason == "stop":
        check(isinstance(json.loads(held.choices[0].message.content), dict), held)


def completions(client, model):
    whole = client.completions.create(model=model, prompt=["The capital of France is", "One, two,"], max_tokens=8, temperature=0, logprobs=2)
    check(len(whole.choices) == 2 and whole.object == "text_completion", whole)
    check("".join(whole.choices[0].logprobs.tokens) == whole.choices[0].text, whole)


def streamed_completions(client, model):
    text = client.completions.create(model=model, prompt="One, two,", max_tokens=8, temperature=0).choices[0].text
    pieces = client.completions.create(model=model, prompt="One, two,", max_tokens=8, temperature=0, stream=True)
    check("".join(chunk.choices[0].text for chunk in pieces if chunk.choices) == text, text)


def tools(client, model):
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Tells the weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    fields = ask(model, tools=[tool], tool_choice="required", max_completion_tokens=120)
    try:
        whole = client.chat.completions.create(**fields)
    except openai.BadRequestError as refused:
        check(refused.param == "tools", refused)
        return "refused by name"
    choice = whole.choices[0]
    if choice.finish_reason == "tool_calls":
        call = choice.message.tool_calls[0]
        check(call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments), dict), whole)
    return choice.finish_reason


def biases(client, model):
    """A bias of 100 leaves one token, in effect; a penalty on what was said already is taken, too."""
    whole = client.chat.completions.create(**ask(model, logit_bias={"300": 100}, logprobs=True, max_completion_tokens=6))
    said = [token.token for token in whole.choices[0].logprobs.content]
    check(len(said) == 6 and len(set(said)) == 1, said)
    whole = client.chat.completions.create(**ask(model, presence_penalty=2, frequency_penalty=0.5, temperature=0))
    check(whole.choices[0].message.content, whole)


def refusals(client, model):
    for changes, kind in [
        ({"model": "nobody"}, openai.NotFoundError),
        ({"frequency_penalty": 3}, openai.BadRequestError),
        ({"logit_bias": {"99999999": 3}}, openai.BadRequestError),
        ({"extra_body": {"frobnicate": 1}}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "river " * 20000}]}, openai.BadRequestError),
    ]:
        try:
            client.chat.completions.create(**{**ask(model), **changes})
        except kind as refused:
            check(refused.code and refused.body["message"], refused)
        else:
            raise AssertionError(changes)


def main(base_url, model, key="any"):
    for strict in (False, True):
        client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0, _strict_response_validation=strict)
        for part in (chats, objects, completions, tools, biases, refusals):
            said = part(client, model)
            print("strict" if strict else "usual", part.__name__, said or "ok", flush=True)
        # The type of a streamed completion wants a finish_reason in each chunk, which OpenAI doesn't send either.
        if not strict:
            streamed_completions(client, model)
            print("usual streamed_completions ok", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
