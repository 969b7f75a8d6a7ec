"""Logs a run of Align4J into an offline run of Weights & Biases: the first line of the input says which, each other one is a line of figures."""
import json
import sys

try:
    import wandb
except ImportError:
    sys.exit(3)

lines = (json.loads(line) for line in sys.stdin)
head = next(lines)
run = wandb.init(mode="offline", dir=head["dir"], id=head["id"], name=head["name"], group=head["group"], config=head["config"])
run.define_metric("train/*", step_metric="step")
run.define_metric("eval/*", step_metric="step")
for line in lines:
    values = {name: float("nan") if value is None else value for name, value in line["values"].items()}
    run.log({"step": line["step"], **values})
run.finish()
