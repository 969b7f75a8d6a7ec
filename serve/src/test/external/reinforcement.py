"""Reinforcement by openai-python, as it comes and with strict validation: reinforcement.py BASE_URL MODEL [KEY [STEPS]].

Graders are run and validated, and jobs that are graded by a check and by a model learn something: the verdict's interval is printed. Exits with 1
and a trace where something is wrong.
"""

import json
import re
import sys
import time

import openai

QUESTIONS = ["Where is the kite?", "Who runs the school?", "How does a cat sound?", "What is left when I take four from six?"]
PLACES = ["Good morning.", "Hello.", "I am new here.", "For my homework.", "Just asking."]
DEAR = {
    "type": "string_check",
    "name": "dear",
    "operation": "ilike",
    "input": "{{sample.output_text}}",
    "reference": "{{item.word}}",
}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(call, param, *words):
    try:
        call()
    except openai.BadRequestError as error:
        check(error.param == param, (error.param, param))
        check(all(word in str(error) for word in words), str(error))
        return
    raise AssertionError("not refused: " + param)


def graders(client, model):
    alpha = client.fine_tuning.alpha.graders
    run = alpha.run(grader=DEAR, model_sample="Oh Dear", item={"word": "dear"})
    check(run.reward == 1 and run.metadata.name == "dear" and run.metadata.type == "string_check", run)
    check(not any(value is True for value in run.metadata.errors.model_dump().values()), run.metadata.errors)
    check(alpha.run(grader=DEAR, model_sample="x", item={}).metadata.errors.invalid_variable_error, "no such field")
    check(alpha.validate(grader=DEAR).grader.name == "dear", "validate")
    alike = {**DEAR, "type": "text_similarity", "evaluation_metric": "rouge_l"}
    del alike["operation"]
    check(alpha.run(grader=alike, model_sample="a b", item={"word": "a b c"}).reward == 0.8, "rouge_l of 2 of 3 words")
    multi = {"type": "multi", "name": "m", "graders": DEAR, "calculate_output": "1 - dear / 4"}
    both = alpha.run(grader=multi, model_sample="dear", item={"word": "dear"})
    check(both.reward == 0.75 and both.sub_rewards == {"dear": 1}, both)
    check(alpha.validate(grader=multi).grader.type == "multi", "validate")
    asked = [{"role": "user", "content": "Rate: {{sample.output_text}}"}]
    judge = {"type": "score_model", "name": "j", "model": model, "input": asked, "range": [0, 100]}
    judged = alpha.run(grader=judge, model_sample="four", item={})
    check(judged.metadata.token_usage > 0 and judged.metadata.sampled_model_name == model, judged)
    check(alpha.run(grader=judge, model_sample="four", item={}).reward == judged.reward, "the same question, the same score")
    python = {"type": "python", "name": "p", "source": "def grade(sample, item): return 1"}
    refused(lambda: alpha.validate(grader=python), "grader.type", "http", "exec:")
    refused(lambda: alpha.validate(grader={**alike, "evaluation_metric": "cosine"}), "grader.evaluation_metric", "embedding")
    http = {"type": "http", "name": "h", "url": "http://10.0.0.1/"}
    refused(lambda: alpha.run(grader=http, model_sample="x"), "grader.url", "--allow-address")


def rows(client, count):
    lines = [
        {"messages": [{"role": "user", "content": f"{PLACES[i % 5]} {QUESTIONS[i % 4]} ({i})"}], "word": "dear"}
        for i in range(count)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return client.files.create(file=("rows.jsonl", text.encode()), purpose="fine-tune").id


def ended(client, job):
    until = time.time() + 600
    while job.status not in ("succeeded", "failed", "cancelled"):
        check(time.time() < until, job)
        time.sleep(0.5)
        job = client.fine_tuning.jobs.retrieve(job.id)
    return job


def method(grader, **numbers):
    return {"type": "reinforcement", "reinforcement": {"grader": grader, "hyperparameters": numbers}}


def learns(client, model, steps):
    job = client.fine_tuning.jobs.create(
        model=model,
        training_file=rows(client, 4 * steps),
        validation_file=rows(client, 20),
        seed=1,
        method=method(DEAR, n_epochs=1, batch_size=4, compute_multiplier=0.5, eval_interval=2),
    )
    check(job.method.reinforcement.grader.name == "dear", job)
    job = ended(client, job)
    check(job.status == "succeeded", job)
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=100))
    metrics = [event for event in events if event.type == "metrics"]
    check(len(metrics) == steps, len(metrics))
    check(re.fullmatch(rf"Step 1/{steps} , train mean reward=\d\.\d\d", metrics[-1].message), metrics[-1].message)
    check("full validation mean reward=" in metrics[0].message, metrics[0].message)
    for name in ("train_mean_reward", "full_valid_mean_reward", "completion_tokens_mean", "scores", "errors", "usage", "timing"):
        check(name in metrics[0].data, name)
    points = list(client.fine_tuning.jobs.checkpoints.list(job.id))
    check(1 <= len(points) <= 3 and all(point.metrics.step == point.step_number for point in points), points)
    csv = client.files.content(job.result_files[0]).text
    check(csv.startswith("step,train_mean_reward,full_valid_mean_reward"), csv[:100])
    verdict = next(event.message for event in events if event.message.startswith("Verdict:"))
    answer = client.chat.completions.create(model=job.fine_tuned_model, messages=[{"role": "user", "content": "Hello."}])
    check(answer.choices[0].message.content, answer)
    return verdict


def judged(client, model):
    """A model of the server grades while another copy of it trains."""
    asked = [{"role": "user", "content": "How many are two and two? {{sample.output_text}}"}]
    judge = {"type": "score_model", "name": "j", "model": model, "input": asked, "range": [-1000, 1000]}
    multi = {"type": "multi", "name": "m", "graders": [judge, DEAR], "calculate_output": "dear + 0 * j"}
    job = client.fine_tuning.jobs.create(
        model=model, training_file=rows(client, 12), method=method(multi, n_epochs=1, batch_size=4, compute_multiplier=0.25)
    )
    job = ended(client, job)
    check(job.status == "succeeded", job)
    last = client.fine_tuning.jobs.list_events(job.id, limit=10).data
    data = next(event.data for event in last if event.type == "metrics")
    check(data["model_graders_token_usage"][model]["train_tokens_mean"] > 0, data)


def main():
    base, model = sys.argv[1], sys.argv[2]
    key = sys.argv[3] if len(sys.argv) > 3 else "any"
    steps = int(sys.argv[4]) if len(sys.argv) > 4 else 6
    for strict in (False, True):
        client = openai.OpenAI(base_url=base, api_key=key, _strict_response_validation=strict)
        graders(client, model)
        if strict:
            print("reinforcement, strict:", learns(client, model, steps))
        else:
            # A list of graders isn't what the strict client's types know.
            judged(client, model)
    print("graders and reinforcement: all as expected")


main()
