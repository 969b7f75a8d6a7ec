"""Makes golden.tfevents with TensorBoard's own classes (pip install tensorboard==2.21.0): python make_golden.py"""
import pathlib

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

LINES = [
    (0, {"eval/loss": 0.6931471805599453}),
    (1, {"epoch": 0.25, "loss": 0.6931471805599453, "rewards/chosen": -0.125, "grad_norm": float("nan")}),
    (300, {"loss": 1e-7, "num_tokens": 123456789.0}),
]

with open(pathlib.Path(__file__).with_name("golden.tfevents"), "wb") as file:
    writer = RecordWriter(file)
    writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
    for number, (step, values) in enumerate(LINES, start=1):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        writer.write(Event(wall_time=1.7e9 + number, step=step, summary=summary).SerializeToString())
    writer.flush()
