"""A real MLflow server has what runs left: every figure with its step, every parameter, every file.

mlflow_run.py URL EXPERIMENT RUN…
"""
import json
import math
import os
import sys

import mlflow
from mlflow import MlflowClient

url, experiment, *folders = sys.argv[1:]
client = MlflowClient(url)


def name(figure):
    return "eval/" + figure[5:] if figure.startswith("eval_") else "train/" + figure


def files(run, folder=None):
    for file in client.list_artifacts(run, folder):
        if file.is_dir:
            yield from files(run, file.path)
        else:
            yield file.path


def same(one, other):
    return one == other or (math.isnan(one[1]) and math.isnan(other[1]) and one[0] == other[0])


for folder in folders:
    with open(os.path.join(folder, "track.json"), encoding="utf-8") as file:
        sent = json.load(file)["targets"][f"mlflow:{url}#{experiment}"]
    run = client.get_run(sent["run"])
    assert client.get_experiment(run.info.experiment_id).name == experiment, run.info
    assert run.info.status == "FINISHED", run.info
    lines = {}
    with open(os.path.join(folder, "metrics.jsonl"), encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            step = line.pop("step")
            for figure, value in line.items():
                lines.setdefault(name(figure), []).append((step, math.nan if value is None else float(value)))
    assert sorted(run.data.metrics) == sorted(lines), (run.data.metrics, list(lines))
    for figure, wanted in lines.items():
        there = sorted((metric.step, metric.value) for metric in client.get_metric_history(sent["run"], figure))
        assert len(there) == len(wanted), (figure, there, wanted)
        assert all(same(one, other) for one, other in zip(there, sorted(wanted))), (figure, there, wanted)
    options = {}
    with open(os.path.join(folder, "config.yaml"), encoding="utf-8") as file:
        for line in file:
            option, _, value = line.partition(":")
            options[option.strip()] = value.strip().strip("'\"")
    missing = [option for option, value in options.items() if value not in ("null", "") and option not in run.data.params]
    assert not missing, missing
    assert run.data.params["learning-rate"] == options["learning-rate"], (run.data.params, options)
    there = set(files(sent["run"]))
    for wanted in ("report.html", "config.yaml", "result.json", "adapter/adapter_config.json", "adapter/adapter_model.safetensors"):
        assert wanted in there, (wanted, there)
        local = client.download_artifacts(sent["run"], wanted)
        with open(local, "rb") as one, open(os.path.join(folder, wanted), "rb") as other:
            assert one.read() == other.read(), wanted
    trial = os.path.basename(os.path.dirname(os.path.abspath(folder))) == "trials"
    assert ("mlflow.parentRunId" in run.data.tags) == trial, run.data.tags
    print(f"mlflow {mlflow.__version__}: {folder} has {sum(map(len, lines.values()))} figures, {len(run.data.params)} parameters, {len(there)} files")
