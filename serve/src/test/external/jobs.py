"""Fine-tuning jobs by openai-python, unchanged but for base URL and key: python jobs.py BASE_URL [MODEL] [KEY].

Runs upload, create (supervised, dpo), events, checkpoints, chat, pause, resume, cancel, delete with the usual and with strict validation of
answers. The server has the model (tiny) and need not be fast; any failure ends the script with a trace.
"""

import hashlib
import sys
import time

import openai
from parts import awaited, check, pair, refused, rows

BASE, MODEL = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "any"


def run(client, strict):
    names = [model.id for model in client.models.list()]
    check(MODEL in names, names)
    check(client.models.retrieve(MODEL).id == MODEL, "retrieve")
    content = rows("train.jsonl", 0, 40, pair)
    file = client.files.create(file=("pairs.jsonl", content), purpose="fine-tune")
    check(file.bytes == len(content) and client.files.content(file.id).read() == content, "content")
    check(any(each.id == file.id for each in client.files.list(limit=1, purpose="fine-tune")), "listing goes on by last ids")
    chat_file = client.files.create(file=("chats.jsonl", rows("chats.jsonl", 0, 40)), purpose="fine-tune")

    upload = client.uploads.create(bytes=len(content), filename="pairs.jsonl", mime_type="text/jsonl", purpose="fine-tune")
    half = len(content) // 2
    second = client.uploads.parts.create(upload.id, data=content[half:])
    first = client.uploads.parts.create(upload.id, data=content[:half])
    done = client.uploads.complete(upload.id, part_ids=[first.id, second.id], md5=hashlib.md5(content).hexdigest())
    check(client.files.content(done.file.id).read() == content, "upload")
    client.files.delete(done.file.id)

    supervised = client.fine_tuning.jobs.create(
        model=MODEL, training_file=chat_file.id, seed=1, hyperparameters={"n_epochs": 1, "batch_size": 8}
    )
    check(supervised.status == "validating_files", supervised.status)
    dpo = client.fine_tuning.jobs.create(
        model=MODEL,
        training_file=file.id,
        suffix="polite",
        metadata={"strict": str(strict)},
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 2, "batch_size": 8}}},
    )
    listed = [job.id for job in client.fine_tuning.jobs.list(limit=1, metadata={"strict": str(strict)})]
    check(dpo.id in listed and supervised.id not in listed, listed)
    awaited(client.fine_tuning.jobs.retrieve, supervised.id, ["succeeded"])
    ended = awaited(client.fine_tuning.jobs.retrieve, dpo.id, ["succeeded"])
    check(ended.fine_tuned_model and ended.fine_tuned_model.startswith(f"ft:{MODEL}:local:polite:"), ended.fine_tuned_model)
    events = list(client.fine_tuning.jobs.list_events(dpo.id, limit=3))
    messages = [event.message for event in reversed(events)]
    check(messages[0] == f"Created fine-tuning job: {dpo.id}", messages)
    check(messages[-1] == "The job has successfully completed", messages)
    check(len({event.id for event in events}) == len(events), "event ids")
    points = list(client.fine_tuning.jobs.checkpoints.list(dpo.id, limit=1))
    check(len(points) == 2 and points[0].step_number > points[1].step_number, points)
    check(client.files.content(ended.result_files[0]).text.startswith("step,train_loss"), "result file")
    for name in (MODEL, ended.fine_tuned_model, points[-1].fine_tuned_model_checkpoint):
        answer = client.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "Where is the kite?"}], max_tokens=8, temperature=0
        )
        check(answer.choices[0].finish_reason in ("stop", "length"), answer)

    long = client.fine_tuning.jobs.create(
        model=MODEL, training_file=file.id, method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}}
    )
    awaited(client.fine_tuning.jobs.retrieve, long.id, ["running"])
    client.fine_tuning.jobs.pause(long.id)
    awaited(client.fine_tuning.jobs.retrieve, long.id, ["queued" if strict else "paused"])
    check(client.fine_tuning.jobs.resume(long.id).status == "queued", "resume")
    awaited(client.fine_tuning.jobs.retrieve, long.id, ["running"])
    check(client.fine_tuning.jobs.cancel(long.id).status == "cancelled", "cancel")
    refused(openai.BadRequestError, client.fine_tuning.jobs.cancel, long.id)

    refused(openai.NotFoundError, client.fine_tuning.jobs.retrieve, "ftjob-nothing")
    error = refused(openai.BadRequestError, client.fine_tuning.jobs.create, model="gpt-9", training_file=file.id)
    check(error.code == "model_not_available" and error.param == "model", error)
    check(client.models.delete(ended.fine_tuned_model).deleted, "delete")
    refused(openai.NotFoundError, client.models.retrieve, ended.fine_tuned_model)
    for each in (file, chat_file):
        check(client.files.delete(each.id).deleted, "delete")
    refused(openai.NotFoundError, client.files.retrieve, file.id)


for strict in (False, True):
    begun = time.time()
    headers = {"x-align4j-strict-clients": "true"} if strict else {}
    with openai.OpenAI(
        base_url=BASE, api_key=KEY, max_retries=0, default_headers=headers, _strict_response_validation=strict
    ) as one:
        run(one, strict)
    print(f"openai {openai.__version__}, strict {strict}: all held in {time.time() - begun:.1f} s")
