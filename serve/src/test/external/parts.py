"""What the scripts of clients share: the demo's rows, checks, and waiting for a job."""

import json
import os
import time
from pathlib import Path

DEMO = Path(os.environ.get("ALIGN4J_DEMO", Path(__file__).resolve().parents[4] / "data" / "demo"))
WAIT = 600


def rows(name, first, count, written=lambda row: row):
    """Some of the demo's rows as bytes of JSONL."""
    lines = (DEMO / name).read_text(encoding="utf-8").splitlines()[first : first + count]
    return "".join(json.dumps(written(json.loads(line))) + "\n" for line in lines).encode()


def pair(row):
    """A row of the demo as OpenAI writes pairs."""
    return {"input": {"messages": row["prompt"]}, "preferred_output": row["chosen"], "non_preferred_output": row["rejected"]}


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def awaited(retrieve, job, wanted, ended=("failed", "cancelled", "succeeded")):
    """The job, once it is as wanted; it must not end otherwise."""
    until = time.time() + WAIT
    while time.time() < until:
        now = retrieve(job)
        if now.status in wanted:
            return now
        check(now.status not in ended, f"{job} is {now.status}: {now}")
        time.sleep(0.2)
    raise AssertionError(f"{job} is not {wanted} after {WAIT} s")


def refused(kind, call, *arguments, **named):
    """The error that a call is refused with."""
    try:
        call(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"{call} was not refused")
