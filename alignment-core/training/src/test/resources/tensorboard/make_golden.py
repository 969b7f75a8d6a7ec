"""Makes golden.tfevents and golden-ended.tfevents with TensorBoard's own classes (pip install tensorboard==2.21.0): python make_golden.py"""
import pathlib

from google.protobuf import struct_pb2
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

OPTIONS = {"learning-rate": 1e-3, "batch-size": 16, "shuffle": False, "loss": "sigmoid, sft"}
LINES = [
    (0, {"eval/loss": 0.6931471805599453}),
    (1, {"train/epoch": 0.25, "train/loss": 0.6931471805599453, "train/rewards/chosen": -0.125, "train/grad_norm": float("nan")}),
    (300, {"train/loss": 1e-7, "train/num_tokens": 123456789.0}),
]


def value(option):
    if isinstance(option, bool):
        return struct_pb2.Value(bool_value=option)
    return struct_pb2.Value(string_value=option) if isinstance(option, str) else struct_pb2.Value(number_value=option)


def summary(tag, **data):
    """As tensorboard.plugins.hparams.summary_v2 makes it."""
    content = plugin_data_pb2.HParamsPluginData(**data)
    described = metadata.create_summary_metadata(content)
    described.plugin_data.content = content.SerializeToString(deterministic=True)  # maps in the order of their keys
    made = Summary()
    made.value.add(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)
    return made


def write(name, ended):
    with open(pathlib.Path(__file__).with_name(name), "wb") as file:
        writer = RecordWriter(file)

        def event(**fields):
            writer.write(Event(**fields).SerializeToString())

        event(wall_time=1.7e9, file_version="brain.Event:2")
        start = plugin_data_pb2.SessionStartInfo(start_time_secs=1.7e9)
        for key in sorted(OPTIONS):
            start.hparams[key].CopyFrom(value(OPTIONS[key]))
        event(wall_time=1.7e9, summary=summary(metadata.SESSION_START_INFO_TAG, session_start_info=start))
        for number, (step, values) in enumerate(LINES, start=1):
            scalars = Summary(value=[Summary.Value(tag=tag, simple_value=figure) for tag, figure in values.items()])
            event(wall_time=1.7e9 + number, step=step, summary=scalars)
        if ended:
            end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=1.7e9 + 4)
            event(wall_time=1.7e9 + 4, summary=summary(metadata.SESSION_END_INFO_TAG, session_end_info=end))
        writer.flush()


write("golden.tfevents", False)
write("golden-ended.tfevents", True)
