"""Converts a model by llama.cpp's own converter and compares what it writes with a file of Align4J: fields, and tensors byte by byte.

python3 gguf_converted.py MODEL TYPE FILE.gguf PRE, where PRE is the name of the way in which the model's tokenizer cuts a text: the converter knows
that of vocabularies which it has seen alone.
"""

import pathlib
import sys

import gguf
import torch
from conversion import ModelBase, ModelType, TextModel, get_model_architecture, get_model_class

model, kind, file, pre = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
theirs = pathlib.Path(file + ".theirs")
TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "bf16": gguf.LlamaFileType.MOSTLY_BF16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}
with torch.inference_mode():
    converter = get_model_class(get_model_architecture(ModelBase.load_hparams(model, False), ModelType.TEXT))
    converter.get_vocab_base_pre = lambda self, tokenizer: pre
    converter.set_vocab = TextModel._set_vocab_gpt2
    converter(model, TYPES[kind], theirs).write()


def fields(reader):
    return {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}


def tensors(reader):
    return {each.name: (each.tensor_type.name, list(each.shape), each.data.tobytes()) for each in reader.tensors}


ours, converted = gguf.GGUFReader(file), gguf.GGUFReader(theirs)
own, other = fields(ours), fields(converted)
different = sorted(name for name in own.keys() & other.keys() if own[name] != other[name])
print("fields that differ:", {name: (str(own[name])[:60], str(other[name])[:60]) for name in different})
print("fields of ours alone:", sorted(own.keys() - other.keys()))
print("fields of the converter's alone:", sorted(other.keys() - own.keys()))
own, other = tensors(ours), tensors(converted)
assert own.keys() == other.keys(), sorted(own.keys() ^ other.keys())
different = sorted(name for name in own if own[name] != other[name])
assert not different, [(name, own[name][:2], other[name][:2]) for name in different]
print(len(own), "tensors are equal")
