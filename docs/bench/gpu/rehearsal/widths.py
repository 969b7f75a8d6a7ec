"""Launches of a training pass, forward and backward, of a layer and of a token, at the widths of two models."""
import torch

from calls import F, number, piece, places

# hidden, intermediate, layers, heads, key heads, head dimension, vocabulary, few bits
WIDTHS = {
    "135m": (576, 1536, 30, 9, 3, 64, 49152, False),
    "8b": (4096, 14336, 32, 32, 8, 128, 128256, True),
}
RANK = 16


class Usual:
    """One layer of the commonest shape with a low-rank pair beside each product, part by part as a GPU runs it."""

    def __init__(self, call, shapes, width, tokens):
        self.call, self.s, self.tokens = call, shapes, tokens
        self.h, self.inner, _, self.heads, self.kv, self.d, _, _ = width
        self.leaves, self.forward, self.calls = [], 0, 0

    def run(self, kernel, *args):
        out, launches = self.call(kernel, *args, kind="meta", grad=True)
        self.forward += launches
        self.calls += 1
        return out

    def product(self, x, outputs, inputs):
        a, b = self.s.of(RANK, inputs, grad=True), self.s.of(outputs, RANK, grad=True)
        self.leaves += [a, b]
        return self.run("lora_into", self.run("linear", x, self.s.of(outputs, inputs)), x, a, b, number(2))

    def placed(self, x, rotation):
        return self.run("rope", self.run("split_heads", x, places(self.d)), *rotation)

    def attended(self, q, k, v):
        s, n = self.s, self.tokens
        ends, rows, longest = s.of(5, dtype=torch.int32), s.ints(n + n // 2), places(n // 4, n // 2)
        if s.dtype == F:
            return self.run("attend_efficient", q, k, v, ends, ends, rows, longest, number(0.125))
        return self.run("attend_flash", q, k, v, ends, ends, rows, longest, number(0.125), places(0))

    def launches(self):
        """How many launches the layer takes forward, and backward."""
        s, n = self.s, self.tokens
        rotation = [s.of(n, self.d // 2), s.of(n, self.d // 2)]
        x = s.of(n, self.h, grad=True)
        normed = self.run("rms_norm", x, s.of(self.h), number(1e-5))
        q = self.placed(self.product(normed, self.heads * self.d, self.h), rotation)
        k = self.placed(self.product(normed, self.kv * self.d, self.h), rotation)
        v = self.run("split_heads", self.product(normed, self.kv * self.d, self.h), places(self.d))
        mixed = self.run("merge_heads", self.attended(q, k, v))
        middle = self.run("add", x, self.product(mixed, self.h, self.heads * self.d))
        normed = self.run("rms_norm", middle, s.of(self.h), number(1e-5))
        gated = self.run("swiglu", self.product(normed, self.inner, self.h), self.product(normed, self.inner, self.h))
        y = self.run("add", middle, self.product(gated, self.h, self.inner))
        buffers = [s.fp32(*leaf.shape) for leaf in self.leaves]
        _, back = self.call("backward_through", x, y, s.of(n, self.h), self.leaves, buffers, kind="meta", grad=True)
        return self.forward, back


def made(call, s, width, mebi):
    """Launches that make a layer's seven matrices from few bits once."""
    h, inner, _, heads, kv, d, _, _ = width
    launches = 0
    for o, i in ((heads * d, h), (kv * d, h), (kv * d, h), (h, heads * d), (inner, h), (inner, h), (h, inner)):
        n = o * i
        constants, first = call("dequantize_constants", s.of(n // 64, dtype=torch.uint8), s.fp32(256), s.fp32(-(-n // 16384)), s.fp32(1))
        _, second = call("dequantize_nf4", s.of(n // 4, dtype=torch.int16), s.fp32(65536, 4), s.fp32(n // 64), places(o, i),
                         places(15), piece(mebi))
        launches += first + second
    return launches


def head(call, s, width, rows, chunk):
    """Launches of the head over scored rows, a chunk at a time, gradient included."""
    h, v = width[0], width[6]
    _, launches = call("head_scores", s.of(rows, h), s.of(v, h), s.ints(rows), places(chunk), places(1), number(0), number(1), places(4),
                       kind="meta")
    return launches


def rows_of(vocabulary, mebi):
    """Rows whose fp32 logits take so many MiB."""
    rows = max(1, (mebi << 20) // (4 * vocabulary))
    return rows if rows < 32 else rows // 32 * 32


def figures(rehearsal, device, shapes, settings):
    """Launches at each width. Settings: tokens a forward, half of them scored; MiB of logits, and of values made from few bits."""
    tokens, logits, values = settings
    result = {}
    for name, width in WIDTHS.items():
        rows = rows_of(width[6], logits)
        layer = Usual(rehearsal.call, shapes(device("meta")), width, tokens)
        forward, backward = layer.launches()
        few = made(rehearsal.call, shapes(device("cuda")), width, values) if width[7] else 0
        top = head(rehearsal.call, shapes(device("meta")), width, tokens // 2, rows)
        # In few bits a layer is computed, then computed again for its backward; both make its matrices.
        a_layer = forward + backward + (forward + 2 * few if width[7] else 0)
        total = a_layer * width[2] + top
        result[name] = {
            "tokens": tokens, "rows_of_logits": rows, "kernel_calls_a_layer": layer.calls + 1, "layer_forward": forward,
            "layer_backward": backward, "matrices_made_a_layer": few, "head": top, "pass": total,
            "a_token": round(total / tokens, 4),
        }
    return result
