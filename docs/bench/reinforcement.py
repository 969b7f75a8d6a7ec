"""A reinforcement job on the demo's questions: reinforcement.py BASE_URL MODEL SEED... (openai-python, from the repository's root).

200 questions of the demo, 60 held-out ones, graded by whether an answer holds "dear"; prints each job's seconds and verdict.
"""

import json
import sys
import time
from pathlib import Path

from openai import OpenAI

GRADER = {
    "type": "string_check",
    "name": "dear",
    "operation": "ilike",
    "input": "{{sample.output_text}}",
    "reference": "{{item.word}}",
}
NUMBERS = {"n_epochs": 1, "batch_size": 8, "compute_multiplier": 1, "eval_interval": 5}


def upload(client, name, count):
    lines = Path("data/demo", name).read_text().splitlines()[:count]
    rows = [{"messages": json.loads(line)["prompt"], "word": "dear"} for line in lines]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    return client.files.create(file=(name, text.encode()), purpose="fine-tune").id


def main():
    client = OpenAI(base_url=sys.argv[1], api_key="any")
    files = {"training_file": upload(client, "train.jsonl", 200), "validation_file": upload(client, "heldout.jsonl", 60)}
    for seed in sys.argv[3:]:
        begun = time.time()
        method = {"type": "reinforcement", "reinforcement": {"grader": GRADER, "hyperparameters": NUMBERS}}
        job = client.fine_tuning.jobs.create(model=sys.argv[2], seed=int(seed), method=method, **files)
        while job.status not in ("succeeded", "failed", "cancelled"):
            time.sleep(1)
            job = client.fine_tuning.jobs.retrieve(job.id)
        events = client.fine_tuning.jobs.list_events(job.id, limit=100)
        said = [event.message for event in events if event.message.startswith("Verdict")]
        print(f"seed {seed}: {job.status} after {time.time() - begun:.0f} s; {said}", flush=True)


main()
