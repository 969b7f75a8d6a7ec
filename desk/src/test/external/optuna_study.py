"""Optuna itself reads the journal of a sweep, and goes on with the study.

optuna_study.py DIR

What Optuna reads is compared with DIR/sweep.json, value by value; then its sampler adds three trials, by the sweep's own choices and ranges, and
the file is read again.
"""
import json
import os
import sys

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

folder = sys.argv[1]
with open(os.path.join(folder, "sweep.json"), encoding="utf-8") as file:
    sweep = json.load(file)
journal = os.path.join(folder, "optuna-journal.log")
optuna.logging.set_verbosity(optuna.logging.ERROR)
STATES = {"done": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL", "running": "RUNNING"}


def load():
    return optuna.load_study(study_name="sweep", storage=JournalStorage(JournalFileBackend(journal)))


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


study = load()
assert study.direction.name == "MAXIMIZE", study.direction
known = [trial for trial in sweep["trials"] if trial["status"] != "waiting"]
assert len(study.trials) == len(known), (len(study.trials), len(known))
by_id = {trial.user_attrs["align4j:trial"]: trial for trial in study.trials}
for own in known:
    trial = by_id[own["id"]]
    options = {name: number(value) for name, value in own["options"].items()}
    seed = options.pop("seed", None)
    assert trial.state.name == STATES[own["status"]], (trial.number, trial.state, own)
    assert {name: number(value) for name, value in trial.params.items()} == options, (trial.params, options)
    assert trial.user_attrs.get("seed") == seed, (trial.number, trial.user_attrs, own)
    assert trial.user_attrs["run"].endswith(own["run"]), trial.user_attrs
    assert trial.datetime_start <= trial.datetime_complete, trial
    if own["status"] == "failed":
        assert trial.value is None, (trial.number, trial.value)
        continue
    last = trial.intermediate_values[max(trial.intermediate_values)]
    assert last == own["figures"]["margin"], (trial.intermediate_values, own)
    assert trial.value == last, (trial.value, last)
before = len(study.trials)


def objective(trial):
    total = 0.0
    for name, distribution in by_id[0].distributions.items():
        value = trial._suggest(name, distribution)
        total += value if isinstance(value, (int, float)) else 0.0
    return total


study.optimize(objective, n_trials=3)
again = load()
assert len(again.trials) == before + 3, len(again.trials)
assert all(trial.state.name == "COMPLETE" for trial in again.trials[before:])
print(f"optuna {optuna.__version__}: {before} trials read, 3 added, best {again.best_value}")
