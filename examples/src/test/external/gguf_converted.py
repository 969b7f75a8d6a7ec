"""Converts a model by llama.cpp's own converter and compares what it writes with files of Align4J: fields, and tensors byte by byte.

python3 gguf_converted.py MODEL PRE TYPE=FILE.gguf …, where PRE is the name of the way in which the model's tokenizer cuts a text: the converter knows
that of vocabularies which it has seen alone.
"""

import json
import pathlib
import sys

import gguf
import numpy
import torch
from conversion import ModelBase, ModelType, TextModel, get_model_architecture, get_model_class

model, pre = pathlib.Path(sys.argv[1]), sys.argv[2]
TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "bf16": gguf.LlamaFileType.MOSTLY_BF16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}
# Phi 3's name is another one, because of what llama.cpp makes of it; experts are counted otherwise.
NAMES = {"general.name", "general.size_label"}
# Fields that the converter writes although they say what llama.cpp takes without them.
DEFAULTS = {"gemma3.rope.freq_base_swa", "phi3.attention.sliding_window"}
# The newest transformers has renamed what the converter asks for.
load = ModelBase.load_hparams
ModelBase.load_hparams = staticmethod(
    lambda folder, *more, **named: json.load(open(folder / "config.json")) | load(folder, *more, **named)
)
converter = get_model_class(get_model_architecture(ModelBase.load_hparams(model, False), ModelType.TEXT))
converter.get_vocab_base_pre = lambda self, tokenizer: pre
converter.set_vocab = TextModel._set_vocab_gpt2


def fields(reader):
    return {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}


def tensors(reader):
    return {each.name: (each.tensor_type.name, list(each.shape), each.data.tobytes()) for each in reader.tensors}


def alike(own, other, name):
    """Factors of positions are quotients of frequencies here and computed otherwise there: equal but for the last bits."""
    return name == "rope_freqs.weight" and numpy.allclose(
        numpy.frombuffer(own[2], numpy.float32), numpy.frombuffer(other[2], numpy.float32), rtol=1e-6, atol=0
    )


def compare(kind, file):
    theirs = pathlib.Path(file + ".theirs")
    with torch.inference_mode():
        converter(model, TYPES[kind], theirs).write()
    ours, converted = gguf.GGUFReader(file), gguf.GGUFReader(theirs)
    own, other = fields(ours), fields(converted)
    different = {name for name in own.keys() & other.keys() if own[name] != other[name]}
    assert different <= NAMES, (kind, [(name, own[name], other[name]) for name in different - NAMES])
    assert other.keys() - own.keys() <= DEFAULTS, (kind, other.keys() - own.keys() - DEFAULTS)
    own, other = tensors(ours), tensors(converted)
    assert own.keys() == other.keys(), sorted(own.keys() ^ other.keys())
    different = sorted(name for name in own if own[name] != other[name] and not alike(own[name], other[name], name))
    assert not different, (kind, [(name, own[name][:2], other[name][:2]) for name in different])
    print(kind, len(own), "tensors are equal")


for word in sys.argv[3:]:
    compare(*word.split("=", 1))
