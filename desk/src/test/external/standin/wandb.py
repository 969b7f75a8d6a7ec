"""Stands in for wandb: writes what it is called with into the file WANDB_CALLS."""
import json
import math
import os


def tell(**call):
    with open(os.environ["WANDB_CALLS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(call) + "\n")


class Run:
    def define_metric(self, name, step_metric):
        pass

    def log(self, values):
        tell(log={name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()})

    def finish(self):
        tell(finish=True)


def init(**options):
    tell(init=options)
    return Run()
