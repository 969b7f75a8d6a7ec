"""Figures of bitsandbytes for the tests of NF4: pip install torch bitsandbytes safetensors numpy; python figures.py

Writes figures.safetensors beside this file. Each case CASE has CASE.input, and of quantize_4bit(blocksize=64, nf4): CASE.codes
(two to a byte), CASE.absmax, CASE.values (dequantised to float32), CASE.values_bf16; with compress_statistics: CASE.nested_codes,
CASE.nested_absmax, CASE.nested_offset, CASE.nested_values, CASE.nested_values_bf16. Also dynamic_map and nf4, the two code books.
"""
import pathlib
import torch
import bitsandbytes
from bitsandbytes.functional import create_dynamic_map, dequantize_4bit, quantize_4bit
from safetensors.torch import save_file

def case(name, x, out):
    out[name + ".input"] = x
    codes, state = quantize_4bit(x, blocksize=64, quant_type="nf4")
    out[name + ".codes"] = codes.flatten()
    out[name + ".absmax"] = state.absmax
    out[name + ".values"] = dequantize_4bit(codes, as_dtype(state, torch.float32)).float()
    out[name + ".values_bf16"] = dequantize_4bit(codes, as_dtype(state, torch.bfloat16))
    codes, state = quantize_4bit(x, blocksize=64, quant_type="nf4", compress_statistics=True)
    assert torch.equal(codes.flatten(), out[name + ".codes"])
    out[name + ".nested_codes"] = state.absmax
    out[name + ".nested_absmax"] = state.state2.absmax
    out[name + ".nested_offset"] = state.offset.reshape(1)
    out[name + ".nested_values"] = dequantize_4bit(codes, as_dtype(state, torch.float32)).float()
    out[name + ".nested_values_bf16"] = dequantize_4bit(codes, as_dtype(state, torch.bfloat16))
    out["nf4"] = state.code[:16].clone()
    out["dynamic_map_after"] = state.state2.code.clone()

def as_dtype(state, dtype):
    state.dtype = dtype
    return state

torch.manual_seed(15)
figures = {"dynamic_map": create_dynamic_map()}
x = torch.randn(64, 320) * torch.rand(64, 1).pow(2) * 0.1
x[3, 0:64] = 0
x[5, 70] = 1
case("bf16", x.bfloat16(), figures)
case("fp32", (torch.randn(24, 64) * 0.03), figures)
# Values in the middle between two codes, times a power of two: which side they fall on.
nf4 = figures["nf4"]
middles = ((nf4[:-1] + nf4[1:]) / 2).tolist()
ties = torch.zeros(4, 64)
for i, scale in enumerate([1.0, 0.25, 2.0, 1.5]):
    row = middles + [float(torch.nextafter(torch.tensor(m), torch.tensor(9.0))) for m in middles]
    ties[i, 0:30] = torch.tensor(row) * scale
    ties[i, 30] = scale
case("middles", ties, figures)
# A last block that is not full.
case("short", torch.randn(3, 50) * 0.2, figures)
save_file(figures, pathlib.Path(__file__).with_name("figures.safetensors"), {"bitsandbytes": bitsandbytes.__version__, "torch": torch.__version__})
