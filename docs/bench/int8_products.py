#!/usr/bin/env python3
"""Whether drafts by weights in int8 could pay: the products of one decoding step of SmolLM2-135M, in bf16 as a queue has them, and in int8.

    docs/bench/int8_products.py THREADS

Matrices are copied until they are more than a cache holds, so they come from memory as those of a model do. bf16: oneDNN's arrangement for so few rows;
int8: fbgemm, rows quantized as they come (dynamic), and PyTorch's products of bf16 rows with int8 weights (weights). Medians of 20. Needs torch.
"""
import sys
import time

import torch

LAYERS = 30
SHAPES = {(576, 576): 2, (192, 576): 2, (1536, 576): 2, (576, 1536): 1, (49152, 576): 1 / LAYERS}  # rows, columns: matrices a layer
CACHE = 60e6

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
torch.backends.quantized.engine = "fbgemm"


def milliseconds(step):
    times = []
    for _ in range(25):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times[5:])[10] * 1e3


print("| rows | bf16, ms | int8 dynamic | int8 weights |\n|---:|---:|---:|---:|")
for rows in (1, 2, 4, 8, 16):
    took = [0, 0, 0]
    for (height, width), count in SHAPES.items():
        copies = max(1, int(CACHE / (height * width * 2)))
        weights = [torch.randn(height, width) for _ in range(copies)]
        scales = torch.full((height,), 0.03)
        arranged = [torch.ops.mkldnn._reorder_linear_weight(w.bfloat16(), rows) for w in weights]
        quantized = [torch.quantize_per_channel(w, scales, torch.zeros(height, dtype=torch.long), 0, torch.qint8) for w in weights]
        packed = [torch.ops.quantized.linear_prepack(w, None) for w in quantized]
        codes = [w.int_repr() for w in quantized]
        x = torch.randn(rows, width)
        half, scale = x.bfloat16(), scales.bfloat16()
        for way, step in enumerate((lambda: [torch.ops.mkldnn._linear_pointwise(half, w, None, "none", [], "") for w in arranged],
                                    lambda: [torch.ops.quantized.linear_dynamic(x, w, True) for w in packed],
                                    lambda: [torch._weight_int8pack_mm(half, w, scale) for w in codes])):
            took[way] += LAYERS * count * milliseconds(step) / copies
    print("| %d | %.1f | %.1f | %.1f |" % (rows, *took), flush=True)
