"""What our script logs is what a run's metrics.jsonl holds: seen by a stand-in for wandb, which writes down each call.

wandb_values.py RUN CALLS: CALLS is the file that the stand-in wrote.
"""
import json
import sys

with open(sys.argv[2], encoding="utf-8") as file:
    calls = [json.loads(line) for line in file]
with open(sys.argv[1] + "/metrics.jsonl", encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
begun = calls[0]["init"]
assert begun["mode"] == "offline" and begun["config"]["max-steps"] == "8", begun
logged = [call["log"] for call in calls if "log" in call]
wanted = [{("step" if name == "step" else "eval/" + name[5:] if name.startswith("eval_") else "train/" + name): value
           for name, value in line.items()} for line in lines]
assert logged == wanted, (logged[:1], wanted[:1])
assert calls[-1] == {"finish": True}, calls[-1]
print(f"{len(logged)} lines logged as they are")
