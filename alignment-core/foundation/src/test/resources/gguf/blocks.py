"""Writes blocks.json: what gguf-py 0.19.0 makes of values and of blocks. Run: python3 blocks.py > blocks.json (pip install gguf)."""

import json

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

T = gguf.GGMLQuantizationType
rng = np.random.default_rng(7)
values = rng.normal(0, 0.3, 128).astype(np.float32)
values[32:64] = 0
values[64:66] = [1.5, -1.5]
cases = []
for kind in (T.F16, T.BF16, T.Q8_0, T.Q4_0):
    data = quantize(values.reshape(1, -1), kind)
    cases.append({"type": kind.name, "values": values.tolist(), "bytes": data.tobytes().hex(), "decoded": dequantize(data, kind).ravel().tolist()})
for kind, size in ((T.Q4_K, 144), (T.Q6_K, 210)):
    block = rng.integers(0, 256, 2 * size, dtype=np.uint8).reshape(2, size)
    at = 0 if kind == T.Q4_K else size - 2
    block[:, at : at + 2] = np.array([[0.0123], [-0.5]], dtype=np.float16).view(np.uint8)
    if kind == T.Q4_K:
        block[:, 2:4] = np.array([[0.25], [0.0071]], dtype=np.float16).view(np.uint8)
    cases.append({"type": kind.name, "bytes": block.tobytes().hex(), "decoded": dequantize(block.reshape(1, -1), kind).ravel().tolist()})
print(json.dumps(cases))
