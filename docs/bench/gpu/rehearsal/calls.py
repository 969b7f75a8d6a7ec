"""Every kernel once, on the sizes of a model of a billion parameters, packs of 4,096 tokens."""
import torch

H, D, HEADS, KV, INNER, VOCABULARY, N, RANK = 2048, 64, 32, 8, 8192, 128256, 4096, 16
F = torch.float32
ROWS = 2048  # scored positions
EXPERTS = 128


# What makes pieces asks for their size: fp32 values of 256 MiB.
def piece(mebi=256):
    return places(mebi << 20)


def places(*values):
    return torch.tensor(list(values), dtype=torch.int64)


def number(value):
    return torch.tensor(float(value), dtype=torch.float64)


def numbers(*values):
    return torch.tensor([float(v) for v in values], dtype=torch.float64)


# Blocks of a pack: a prompt and its two answers, and a text of its own. Reach: the grain, the longest block whose scores are held whole,
# the rows of a tile, then all before a row, a window, or a chunk.
BLOCKS = torch.tensor([[0, 1024, 0, 0], [1024, 2048, 0, 1024], [2048, 3072, 0, 1024], [3072, 4096, 0, 0]])
WHOLE, TILES = places(64, 1 << 30, 512, 0, 0), places(64, 512, 512, 0, 0)
LAYER = numbers(1e-5, 1e-5, 1e-5, 1e-5, 0.125, 0, 2, 2, 2, 2, 2, 2, 2)


class Shapes:
    """Tensors on the pretended device in one compute dtype."""

    def __init__(self, device, dtype):
        self.device, self.dtype = device, dtype

    def of(self, *shape, dtype=None, grad=False):
        return self.device.empty(*shape, dtype=dtype or self.dtype, grad=grad)

    def fp32(self, *shape):
        return self.of(*shape, dtype=F)

    def ints(self, *shape):
        return self.of(*shape, dtype=torch.int64)

    def layer(self, norms=False, pairs=True):
        """The tensors of a layer as layer_forward and step_layers read them."""
        none = self.fp32(0)
        ws = [self.of(H), self.of(H), self.of(D) if norms else none, self.of(D) if norms else none]
        for o, i in ((HEADS * D, H), (KV * D, H), (KV * D, H), (H, HEADS * D), (INNER, H), (INNER, H), (H, INNER)):
            ws += [self.of(o, i), none, self.of(RANK, i) if pairs else none, self.of(o, RANK) if pairs else none]
        return ws


def copies(call, s):
    x = s.of(N, H)
    call("cast", x, places(6))
    call("cast_as", s.fp32(N, H), x)
    call("materialize", x, places(15))
    call("alias", x)
    call("leaf", x)
    call("to_device_of", *meta(x, s.ints(1)), kind="meta")
    call("slice_view", s.of(N * H), places(64), places(8, 16))
    call("equal", x, x)
    call("fill_from", s.fp32(4, 4), s.of(4, 4))
    call("copy_all", [s.of(4), s.of(4)], [s.fp32(4), s.fp32(4)])
    call("mix_all", [s.of(4), s.of(4)], [s.of(4), s.of(4)], number(0.1))
    call("all_finite", s.of(INNER, H), piece())
    call("all_sound", [s.fp32(4, 4)], [s.fp32(4, 4)], [s.fp32(4, 4)])
    call("joined", [s.of(4), s.of(4)])
    call("transposed", x)
    call("columns", x, places(0), places(5))
    call("row_range", x, places(0), places(5))
    call("unstack", s.of(16, H, 2048))


def parts(call, s):
    x = s.of(N, H)
    call("embed", s.of(VOCABULARY, H), s.ints(N))
    call("gather_rows", x, s.ints(512))
    call("add", s.fp32(N, H), s.fp32(N, H))
    call("multiply", x, x)
    call("scale", x, number(2))
    call("scale_rounded", x, number(2))
    call("rms_norm", s.fp32(N, H), s.of(H), number(1e-5), label="rms_norm")
    call("rms_norm", s.of(N, HEADS, D), s.of(D), number(1e-5))
    call("rms_norm_wide", x, s.of(H), number(1e-6), number(1))
    call("rms_unit", x, number(1e-6))
    call("layer_norm", x, s.of(H), s.of(H), number(1e-5))
    call("layer_norm_unbiased", x, s.of(H), number(1e-5))
    call("linear", x, s.of(INNER, H))
    call("linear_bias", x, s.of(INNER, H), s.of(INNER))
    call("few_rows_wide", s.of(8, H), s.of(VOCABULARY, H))
    call("laid", s.of(VOCABULARY, H), 8)
    call("dropout", x, number(0.1), places(7))
    call("split_heads", x, places(D))
    call("merge_heads", s.of(HEADS, N, D))
    call("rope", s.fp32(HEADS, N, D), s.fp32(N, D // 2), s.fp32(N, D // 2), label="rope")
    call("rope", s.of(HEADS, N, D), s.of(N, D // 4), s.of(N, D // 4))
    call("rope_pairs", s.of(HEADS, N, D), s.of(N, D // 2), s.of(N, D // 2))
    call("join_heads", s.of(HEADS, N, 128), s.of(1, N, 64))
    call("scale_positions", s.of(HEADS, N, D), s.fp32(N, 1))
    for name in ("silu", "gelu", "gelu_tanh", "relu"):
        call(name, s.of(N, INNER))
    call("swiglu", s.of(N, INNER), s.of(N, INNER))
    call("input_gradient", s.of(N, INNER), s.of(INNER, H))
    call("weight_gradient", s.of(N, INNER), x)


def attention(call, s):
    q, k, v = s.of(HEADS, N, D), s.of(KV, N, D), s.of(KV, N, D)
    mask = s.fp32(2304, 2304)
    many = torch.tensor([[128 * i, 128 * i + 128, 0, 0] for i in range(32)])
    call("attend", q, k, v, mask, BLOCKS, WHOLE, number(0.125), number(0), label="attend, 4 blocks")
    call("attend", q, k, v, mask, many, WHOLE, number(0.125), number(0), label="attend, 32 blocks")
    call("attend", q, k, v, mask, BLOCKS, WHOLE, number(0.125), number(50))
    call("attend", q, k, v, mask, BLOCKS, TILES, number(0.125), number(50), label="attend, by tiles")
    call("attend_gradients", q, q, k, v, BLOCKS, TILES, number(0.125), number(50))
    cu, rows = s.of(5, dtype=torch.int32), s.ints(6144)
    if s.dtype == F:
        call("attend_efficient", q, k, v, cu, cu, rows, places(1024, 2048), number(0.125), label="attend_efficient")
    else:
        call("attend_flash", q, k, v, cu, cu, rows, places(1024, 2048), number(0.125), places(0), label="attend_flash")
        call("attend_flash", q, k, v, cu, cu, s.fp32(0), places(1024, 1024), number(0.125), places(0))
        call("attend_flash", q, k, v, cu, cu, rows, places(1024, 2048), number(0.125), places(128))
    call("attention_products", s.of(8, 64, D), s.of(8, 64, D), s.of(8, 64, D), s.of(8, 64, 64))
    call("attention_gradients", s.of(8, 64, D), s.of(8, 64, D), s.of(8, 64, D), s.of(8, 64, 64), s.of(8, 64, D))
    rotation = [s.fp32(N, D // 2), s.fp32(N, D // 2)]
    x = s.fp32(N, H)
    for norms in (False, True):
        ws = s.layer(norms)
        given = (x, ws, LAYER, mask, BLOCKS, WHOLE, rotation, places(D, D))
        out, _ = call("layer_forward", *given, s.fp32(0), places(1))
        call("layer_forward", *given, s.of(N, HEADS * D), places(3), label="layer_forward, again")
        if out:
            buffers = [s.fp32(*w.shape) for i in range(7) for w in ws[4 + 4 * i + 2:4 + 4 * i + 4]]
            call("layer_backward", x, x, out[1:], ws, buffers, LAYER, BLOCKS, WHOLE, rotation, places(D, D), places(1))


def experts(call, s):
    x, logits = s.of(N, H), s.fp32(N, EXPERTS)
    call("choose_softmax", logits, places(8), places(1))
    call("choose_softmax_biased", logits, s.fp32(EXPERTS), places(8), number(1e-12))
    call("choose_grouped", logits, s.fp32(EXPERTS), places(8, 8, 4), places(1), number(2.5))
    call("choose_sigmoid", logits, places(1))
    call("plan_experts", s.ints(N, 8), places(EXPERTS))
    call("spread", x, places(8))
    call("spread_weighed", x, s.fp32(N, 8))
    call("deal", s.of(N * 8, H), s.ints(N * 8), torch.full([EXPERTS], N * 8 // EXPERTS, dtype=torch.int64))
    halves = [s.of(N * 4, H), s.of(N * 4, H)]
    call("gather_choices", halves, s.ints(N * 8), places(8))
    call("gather_weighed", halves, s.ints(N * 8), s.fp32(N, 8))
    call("stacked_expert", s.of(64, H), s.of(H, 2048), s.of(1024, H))


def pairs(call, s):
    x, a, b = s.of(N, H), s.of(RANK, H), s.of(H, RANK)
    call("lora", x, x, a, b, number(2))
    call("lora_into", x, x, a, b, number(2), label="lora_into")
    call("lora_wide", x, x, a, b, number(2))
    call("lora_from_start", x, x, a, b, x, a, b, number(2))
    call("lora_rows", x, s.ints(N), s.of(RANK, VOCABULARY), b, number(2))
    w, magnitudes = s.of(INNER, H), s.fp32(INNER)
    call("output_squares", w, places(0))
    call("output_norms", w, magnitudes, a, s.of(INNER, RANK), number(2), places(0))
    call("scaled_outputs", s.of(N, INNER), magnitudes, magnitudes)
    call("add_difference", x, x, x)
    call("merge_pair", w, a, s.of(INNER, RANK), number(2), places(0))
    call("scaled_weight", s.fp32(INNER, H), magnitudes, magnitudes, places(0))
    call("singular_pair", w, places(16), number(2), places(0))
    call("orthonormal_pair", w, places(16), places(0))


def few_bits(call, s):
    n = 14336 * 4096  # an mlp matrix of 8 billion parameters
    code = places(6 if s.dtype == F else 15)
    call("nf4_words", s.fp32(16))
    call("dequantize_nf4", s.of(n // 4, dtype=torch.int16), s.fp32(65536, 4), s.fp32(n // 64), places(14336, 4096), code, piece(),
         label="dequantize_nf4, 14336 x 4096")
    call("dequantize_int8", s.of(n, dtype=torch.int8), s.fp32(n // 64), places(14336, 4096), code, piece(),
         label="dequantize_int8, 14336 x 4096")
    call("dequantize_fp8", s.of(7168, 2048, dtype=torch.float8_e4m3fn), s.fp32(1, 56, 16), places(128), places(128), code, piece())
    call("dequantize_constants", s.of(n // 64, dtype=torch.uint8), s.fp32(256), s.fp32(n // 64 // 256), s.fp32(1))


def head(call, s):
    h, w, targets, d = s.of(ROWS, H), s.of(VOCABULARY, H), s.ints(ROWS), s.fp32(ROWS)
    chunk = places(64)
    for cap, temperature in ((0, 1), (30, 0.7)):
        c, t = number(cap), number(temperature)
        # Its rows and columns are written into given buffers, which fake tensors can't be; meta tensors can.
        call("head_scores", *meta(h, w, targets), chunk, places(1), c, t, places(4), kind="meta", label=f"head_scores, cap {cap}")
        call("head_choices", *meta(h, w, s.ints(4 * ROWS)), chunk, places(1), c, t, places(4), kind="meta", label=f"head_choices, cap {cap}")
        call("head_backward", h, w, targets, d, s.fp32(VOCABULARY, H), chunk, c, t)
        call("head_entropy_backward", h, w, d, s.fp32(1), chunk, c, t)
        call("head_divergence", h, h, w, chunk, places(1), c)
    for beta, k, temperature in ((0, 0, 1), (1, 0, 0.7), (0.5, 16, 1)):
        call("teacher_divergence", s.fp32(64, VOCABULARY), s.fp32(64, VOCABULARY), number(beta), places(k), number(temperature), places(1),
             label=f"teacher_divergence, beta {beta}, k {k}")
    call("scatter_hidden", s.of(N, H), s.ints(ROWS), h, d)
    call("logits", s.of(64, H), w)
    call("soft_cap", s.fp32(64, VOCABULARY), number(30))
    call("token_probabilities", s.fp32(64, VOCABULARY), number(0.7))
    call("draw_tokens", *meta(s.fp32(64, VOCABULARY), s.of(64, dtype=torch.float64)), kind="meta")
    call("logit_scores", s.fp32(8, VOCABULARY), s.ints(8))
    call("head_choices_backward", w, s.ints(4 * ROWS), s.fp32(ROWS, 4), h, s.fp32(4 * ROWS))
    call("likeliest_logits", s.fp32(8, VOCABULARY), places(5))
    call("logit_entropies", s.of(8, VOCABULARY))
    call("target_log_probs", s.of(8, VOCABULARY), s.ints(8))
    call("row_scores", h, s.fp32(1, H), s.fp32(1))
    call("row_scores_backward", h, s.fp32(1, H), s.fp32(ROWS, 1), s.fp32(1, H), s.fp32(1))


def meta(*tensors):
    return [torch.empty(t.shape, dtype=t.dtype, device="meta") for t in tensors]


def optimizer(call, s):
    ps = [s.fp32(RANK, H) for _ in range(64)]
    call("zero_all", ps)
    call("add_all", ps, ps)
    call("global_norm", ps)
    call("scale_all", ps, number(0.5))
    call("adamw", ps, ps, ps, ps, numbers(1, 1e-4, 0.9, 0.999, 0.01, 1e-8), label="adamw, 64 tensors")


def generation(call, s):
    slots, length = 8, 512
    call("new_cache", places(slots, KV, length, D), s.of(2, 2))
    keys, values = s.of(slots, KV, length, D), s.of(slots, KV, length, D)
    call("cache_widen", keys, places(544))
    call("cache_narrow", keys, places(480))
    call("cache_store", keys, values, s.of(KV, N, D), s.of(KV, N, D), s.ints(900), s.ints(900), s.ints(900))
    call("cache_move", keys, places(0, 1, 100))
    call("cache_mask", s.ints(slots), places(length, 128, 0), s.of(2, 2))
    mask = s.of(slots, 1, 1, length)
    call("cache_attend", s.of(HEADS, slots, D), keys, values, mask, number(0.125), number(0))
    for with_pairs in (False, True):
        ws = [s.fp32(0)] + s.layer(pairs=with_pairs)
        call("step_layers", s.of(slots, H), ws, [keys], [values], [mask, s.of(slots, D // 2), s.of(slots, D // 2)],
             places(*range(1, 33)), LAYER, places(0, 1), s.ints(slots),
             label="step_layers, 1 layer" + (" with pairs" if with_pairs else ""))


PARTS = (copies, parts, attention, experts, pairs, few_bits, head, optimizer, generation)
