"""Together's dialect by its client, unchanged but for base URL and key: python together.py BASE_URL [MODEL] [KEY], BASE_URL ending in /v1 or without path.

Runs upload (whole, in parts, known already), limits, price, create (sft, dpo, from a checkpoint), state, events, checkpoints, figures, download, chat,
cancel, delete; the class, awaited, raw and the command line. Any failure ends the script with a trace.
"""

import sys

from parts import awaited, check, pair, refused, rows

sys.path = [place for place in sys.path if not place.endswith("external")]  # this file has the name of the client's package

import asyncio
import io
import os
import re
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import together
from together.lib.resources import files as uploads

HOST = sys.argv[1].rstrip("/").removesuffix("/v1") + "/together"
MODEL = sys.argv[2] if len(sys.argv) > 2 else "tiny"
KEY = sys.argv[3] if len(sys.argv) > 3 else "any"
ENDED = ("error", "cancelled", "completed")
HERE = Path(tempfile.mkdtemp())
TYPES = ["job_pending", "job_start", "training_start", "epoch_complete", "checkpoint_save", "training_complete", "job_complete"]


def write(name, source, first, count, written=lambda row: row):
    path = HERE / name
    path.write_bytes(rows(source, first, count, written))
    return path


def files(client, pairs):
    file = client.files.upload(pairs, purpose="fine-tune")
    check(file.processing_status == "COMPLETED" and file.bytes == pairs.stat().st_size, file)
    report = client.files.retrieve(file.id).validation_report
    check(report.valid and report.nlines == 40 and report.dataset_format == "PREFERENCE_OPENAI", report)
    check(report.model_extra["doctor"]["verdict"] in ("green", "amber"), report)
    check(client.files.upload(pairs).id == file.id, "known by its checksum")
    check(client.files.content(file.id).read() == pairs.read_bytes(), "content")
    broken = write("broken.jsonl", "train.jsonl", 50, 12, lambda row: {"input": {"messages": row["prompt"]}, "preferred_output": []})
    check(client.files.upload(broken).processing_status == "INVALID_FORMAT", "the doctor refuses")

    threshold = uploads.MULTIPART_THRESHOLD_GB
    part = uploads.TARGET_PART_SIZE_MB, uploads.MIN_PART_SIZE_MB
    uploads.MULTIPART_THRESHOLD_GB, uploads.TARGET_PART_SIZE_MB, uploads.MIN_PART_SIZE_MB = 0, 0.002, 0.001
    try:
        large = write("large.jsonl", "train.jsonl", 100, 60, pair)
        check(uploads._calculate_parts(large.stat().st_size)[1] > 1, "several parts")
        parts = client.files.upload(large)
        check(client.files.content(parts.id).read() == large.read_bytes(), "parts")
        check(client.files.upload(large).id == parts.id, "parts known by their checksum")
    finally:
        uploads.MULTIPART_THRESHOLD_GB = threshold
        uploads.TARGET_PART_SIZE_MB, uploads.MIN_PART_SIZE_MB = part
    check({file.id, parts.id} <= {each.id for each in client.files.list().data}, "listed")
    check(client.files.delete(parts.id).deleted, "delete")
    refused(together.NotFoundError, client.files.retrieve, parts.id)
    return file


def jobs(client, file):
    held = client.files.upload(write("held.jsonl", "train.jsonl", 700, 12, pair))
    chats = client.files.upload(write("chats.jsonl", "chats.jsonl", 0, 40))
    limits = client.fine_tuning.model_limits(model_name=MODEL)
    check(limits.lora_training.default_rank == 16 and "q_proj" in limits.lora_training.target_modules, limits)
    price = client.fine_tuning.estimate_price(training_file=file.id, model=MODEL)
    check(price.estimation_available and price.estimated_total_price == 0, price)
    sft = client.fine_tuning.create(
        training_file=chats.id, model=MODEL, batch_size=8, lora=True, lora_r=4, lora_trainable_modules="q_proj,v_proj", max_grad_norm=0
    )
    dpo = client.fine_tuning.create(
        training_file=file.id,
        validation_file=held.id,
        model=MODEL,
        training_method="dpo",
        dpo_beta=0.2,
        rpo_alpha=0.1,
        n_epochs=2,
        n_evals=2,
        batch_size=8,
        learning_rate=1e-3,
        lr_scheduler_type="linear",
        warmup_ratio=0.1,
        suffix="polite",
        wandb_api_key="secret-of-another",
        wandb_project_name="mine",
    )
    check(dpo.status == "pending" and dpo.output_name.startswith("local/"), dpo)
    awaited(client.fine_tuning.retrieve, sft.id, ["completed"], ENDED)
    ended = awaited(client.fine_tuning.retrieve, dpo.id, ["completed"], ENDED)
    check(ended.steps_completed == ended.total_steps == 10 and ended.epochs_completed == 2, ended)
    check(ended.training_method.dpo_beta == 0.2 and ended.wandb_project_name == "mine", ended)
    check("secret-of-another" not in ended.to_json(), ended)
    events = client.fine_tuning.list_events(dpo.id).data
    check([kind for kind in TYPES if kind not in [event.type for event in events]] == [], events)
    points = client.fine_tuning.list_checkpoints(dpo.id).data
    check([point.step for point in points] == [10, 5], points)
    figures = client.fine_tuning.list_metrics(dpo.id, global_step_from=2, resolution=4).metrics
    check(len(figures) == 4 and figures[0]["global_step"] == 2 and figures[-1]["global_step"] == 10, figures)
    check(dpo.id in [job.id for job in client.fine_tuning.list().data], "jobs")
    for name in (MODEL, ended.x_model_output_name, points[-1].path):
        asked = dict(model=name, messages=[{"role": "user", "content": "Where is the kite?"}], max_tokens=8, temperature=0)
        answer = client.chat.completions.create(**asked)
        told = "".join(
            chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**asked, stream=True) if chunk.choices
        )
        check(answer.model == name and answer.choices[0].message.content == told, (answer, told))
    for kind, inside in (("adapter", "adapter_model.safetensors"), ("merged", "model.safetensors")):
        packed = client.fine_tuning.content(ft_id=dpo.id, checkpoint=kind).read()
        names = tarfile.open(fileobj=io.BytesIO(packed)).getnames()
        check(any(name.endswith("/" + inside) for name in names), names)
    return ended


def further(client, file, ended):
    more = client.fine_tuning.create(
        training_file=file.id, from_checkpoint=f"{ended.id}:5", training_method="dpo", simpo_gamma=0.5, n_epochs=50, batch_size=1
    )
    awaited(client.fine_tuning.retrieve, more.id, ["running"], ENDED)
    check(client.fine_tuning.cancel(more.id).status == "cancelled", "cancel")
    check("cancel_requested" in [event.type for event in client.fine_tuning.list_events(more.id).data], "cancelled")
    refused(together.BadRequestError, client.fine_tuning.cancel, more.id)
    check("deleted" in client.fine_tuning.delete(more.id).message, "delete")
    refused(together.NotFoundError, client.fine_tuning.retrieve, more.id)
    named = client.fine_tuning.model_limits(model_name=ended.x_model_output_name)
    check(named.max_seq_length_dpo > 0, named)
    refused(together.NotFoundError, client.fine_tuning.model_limits, model_name="gpt-9")
    create = client.fine_tuning.create
    refused(ValueError, create, training_file=file.id, model=MODEL, lora=True, batch_size=1000)
    refused(ValueError, create, training_file=file.id, model=MODEL, lora=False)
    refused(ValueError, create, training_file=file.id, model=MODEL, max_seq_length=100000)
    check("from_hf_model" in str(refused(together.BadRequestError, create, training_file=file.id, model=MODEL, from_hf_model="a/b")), "hf")
    error = refused(together.BadRequestError, create, training_file=file.id, model=MODEL, min_lr_ratio=0.5)
    check("goes down to 0" in str(error), error)
    error = refused(together.BadRequestError, create, training_file=file.id, model=MODEL, train_on_inputs=True)
    check("only answers are trained on" in str(error), error)


async def run_async(file):
    async with together.AsyncTogether(base_url=HOST, api_key=KEY, max_retries=0) as client:
        raw = await client.fine_tuning.with_raw_response.list()
        check(raw.http_response.status_code == 200 and (await raw.parse()).data, raw)
        check((await client.files.upload(HERE / "pairs.jsonl")).id == file.id, "known")
        fresh = await client.files.upload(write("other.jsonl", "train.jsonl", 200, 12, pair))
        job = await client.fine_tuning.create(training_file=fresh.id, model=MODEL, training_method="dpo", n_epochs=50, batch_size=1)
        check((await client.fine_tuning.cancel(job.id)).status == "cancelled", job)


def cli(*words):
    environment = {**os.environ, "TOGETHER_BASE_URL": HOST, "TOGETHER_API_KEY": KEY, "TOGETHER_TELEMETRY_DISABLED": "1", "HOME": str(HERE)}
    program = Path(sys.executable).with_name("together")
    done = subprocess.run([program, *words, "--json"], env=environment, cwd=HERE, capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:]))
    return done.stdout


def model_is_listed(ended):
    return ended.x_model_output_name in cli("models", "list")


def run_cli(file, ended):
    check("COMPLETED" in cli("files", "upload", str(write("cli.jsonl", "train.jsonl", 300, 12, pair))), "upload")
    check(model_is_listed(ended), "models")
    check(file.id in cli("files", "list"), "list")
    check(ended.id in cli("fine-tuning", "list"), "jobs")
    check("completed" in cli("fine-tuning", "retrieve", ended.id), "retrieve")
    check("job_complete" in cli("fine-tuning", "list-events", ended.id), "events")
    check("local/" in cli("fine-tuning", "list-checkpoints", ended.id), "checkpoints")
    cli("fine-tuning", "download", ended.id, "--checkpoint-type", "adapter", "--output-dir", str(HERE / "adapter.tar.gz"))
    check(tarfile.open(HERE / "adapter.tar.gz").getnames(), "download")
    made = cli("fine-tuning", "create", "--training-file", file.id, "--model", MODEL, "--training-method", "dpo", "--n-epochs", "50", "--batch-size", "1", "-y")
    job = re.search("ft-[A-Za-z0-9]+", made).group()
    check("cancelled" in cli("fine-tuning", "cancel", job), "cancel")


begun = time.time()
with together.Together(base_url=HOST, api_key=KEY, max_retries=0) as one:
    kept = files(one, write("pairs.jsonl", "train.jsonl", 0, 40, pair))
    model = jobs(one, kept)
    further(one, kept, model)
asyncio.run(run_async(kept))
run_cli(kept, model)
print(f"together {together.__version__}: all held in {time.time() - begun:.1f} s")
