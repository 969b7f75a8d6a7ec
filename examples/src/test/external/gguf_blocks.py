"""Writes a GGUF file of K-quants by llama.cpp's own functions, and beside it the numbers that its blocks stand for.

python3 gguf_blocks.py F32.gguf BLOCKS.gguf NUMBERS.gguf: the matrices of F32.gguf by turns as q4_k and q6_k in BLOCKS.gguf, and in NUMBERS.gguf as fp32.
"""

import ctypes
import glob
import os
import sys

import gguf
import numpy
import xllamacpp

library = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(xllamacpp.__file__), "xllamacpp*.so"))[0])
source = gguf.GGUFReader(sys.argv[1])
architecture = source.fields["general.architecture"].contents()
blocks, numbers = gguf.GGUFWriter(sys.argv[2], architecture), gguf.GGUFWriter(sys.argv[3], architecture)
KINDS = [(gguf.GGMLQuantizationType.Q4_K, "q4_K", 144), (gguf.GGMLQuantizationType.Q6_K, "q6_K", 210)]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


for name, field in source.fields.items():
    if name.startswith("GGUF.") or name == "general.architecture":
        continue
    kinds = field.types
    for writer in (blocks, numbers):
        writer.add_key_value(name, field.contents(), kinds[0], kinds[-1] if len(kinds) > 1 else None)
matrices = 0
for tensor in source.tensors:
    values = numpy.ascontiguousarray(tensor.data, numpy.float32)
    if values.ndim < 2:
        blocks.add_tensor(tensor.name, values)
        numbers.add_tensor(tensor.name, values)
        continue
    kind, function, size = KINDS[matrices % 2]
    matrices += 1
    rows, width = values.shape
    held = numpy.zeros((rows, width // 256 * size), numpy.uint8)
    quantize = getattr(library, "quantize_" + function)
    quantize.restype = ctypes.c_size_t
    quantize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
    assert quantize(pointer(values), pointer(held), rows, width, None) == held.size
    read = numpy.zeros_like(values)
    dequantize = getattr(library, "dequantize_row_" + function)
    dequantize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    dequantize.restype = None
    dequantize(pointer(held), pointer(read), values.size)
    blocks.add_tensor(tensor.name, held, raw_dtype=kind)
    numbers.add_tensor(tensor.name, read)
for writer in (blocks, numbers):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
print(matrices, "matrices in blocks")
