# The kernels of Align4J: one TorchScript module, one method a kernel. Java calls them by name through Kernels.
# Shapes: N packed tokens, H hidden, D head dimension, V vocabulary, R scored positions. Dtype codes: 5 half, 6 float, 15 bfloat16.
# Numbers arrive as 0-d tensors on the CPU, positions as int64. One method, few_rows, stands in plain.py or in arranged.py. Nothing here may depend on global random state but dropout.

# ---- autograd ----

def grad_mode(self, on: Tensor) -> Tensor:
  torch.set_grad_enabled(bool(on))
  return on

def is_recording(self, x: Tensor) -> Tensor:
  return torch.tensor(torch.is_grad_enabled())

def leaf(self, x: Tensor) -> Tensor:
  return x.detach().requires_grad_(True)

def alias(self, x: Tensor) -> Tensor:
  return x

# Vector-Jacobian product of y with dy, added into the buffers (fp32), one buffer a leaf.
def backward(self, y: Tensor, dy: Tensor, leaves: List[Tensor], buffers: List[Tensor]) -> Tensor:
  og: List[Optional[Tensor]] = [dy.to(y.dtype)]
  grads = torch.autograd.grad([y], leaves, og, False, False, True)
  torch.set_grad_enabled(False)
  for i, g in enumerate(grads):
    if g is not None:
      buffers[i].add_(g)
  torch.set_grad_enabled(True)
  return dy

# The same for one recomputed layer: also gives the gradient of its input x.
def backward_through(self, x: Tensor, y: Tensor, dy: Tensor, leaves: List[Tensor], buffers: List[Tensor]) -> Tensor:
  og: List[Optional[Tensor]] = [dy.to(y.dtype)]
  grads = torch.autograd.grad([y], [x] + leaves, og, False, False, True)
  torch.set_grad_enabled(False)
  for i, b in enumerate(buffers):
    g = grads[i + 1]
    if g is not None:
      b.add_(g)
  torch.set_grad_enabled(True)
  dx = grads[0]
  assert dx is not None, 'the layer does not depend on its input'
  return dx

# A recomputed layer without leaves of its own: the gradient of its input.
def backward_input(self, x: Tensor, y: Tensor, dy: Tensor) -> Tensor:
  og: List[Optional[Tensor]] = [dy.to(y.dtype)]
  dx = torch.autograd.grad([y], [x], og)[0]
  assert dx is not None, 'the layer does not depend on its input'
  return dx

# backward_through of a layer whose attention's result is a leaf that cuts its graph in two: the part after it. leaves: that result,
# then the layer's; buffers: an empty tensor, then theirs. Gives the gradients of x, empty where this part has none to give, and of the
# result.
def backward_after(self, x: Tensor, y: Tensor, dy: Tensor, leaves: List[Tensor], buffers: List[Tensor]) -> List[Tensor]:
  og: List[Optional[Tensor]] = [dy.to(y.dtype)]
  inputs: List[Tensor] = []
  inputs += leaves
  if x.requires_grad:
    inputs.append(x)
  grads = torch.autograd.grad([y], inputs, og, False, False, True)
  dx = torch.empty([0], dtype=y.dtype, device=y.device)
  if x.requires_grad:
    g = grads[len(leaves)]
    if g is not None:
      dx = g
  d = self.add_gradients(grads, buffers)
  assert d is not None, 'the layer does not depend on its attention'
  return [dx, d]

# The part before: dx is what backward_after gave, ends are queries, keys and values, ds their gradients. leaves: x, then the layer's.
# Gives the whole gradient of x, empty where it has none.
def backward_before(self, dx: Tensor, ends: List[Tensor], ds: List[Tensor], leaves: List[Tensor], buffers: List[Tensor]) -> Tensor:
  ys: List[Tensor] = []
  og: List[Optional[Tensor]] = []
  for y, d in zip(ends, ds):
    if y.requires_grad:
      ys.append(y)
      og.append(d)
  inputs: List[Tensor] = []
  sums: List[Tensor] = []
  for x, b in zip(leaves, buffers):
    if x.requires_grad:
      inputs.append(x)
      sums.append(b)
  if len(ys) == 0 or len(inputs) == 0:
    return dx
  grads = torch.autograd.grad(ys, inputs, og, False, False, True)
  through = leaves[0].requires_grad
  if not through:
    nothing: List[Optional[Tensor]] = [None]
    sums = [dx] + sums
    grads = nothing + grads
  g = self.add_gradients(grads, sums)
  if through and g is not None:
    return g if dx.numel() == 0 else dx + g
  return dx

# Adds gradients to their buffers, but for the first, which it gives back.
def add_gradients(self, grads: List[Optional[Tensor]], buffers: List[Tensor]) -> Optional[Tensor]:
  torch.set_grad_enabled(False)
  for i in range(1, len(buffers)):
    g = grads[i]
    if g is not None:
      buffers[i].add_(g)
  torch.set_grad_enabled(True)
  return grads[0]

# ---- dtypes, copies ----

def cast(self, x: Tensor, dtype: Tensor) -> Tensor:
  return x.to(int(dtype))

def cast_as(self, x: Tensor, other: Tensor) -> Tensor:
  return x.to(other.dtype)

def to_device_of(self, x: Tensor, anchor: Tensor) -> Tensor:
  return x.to(anchor.device)

def slice_view(self, x: Tensor, begin: Tensor, shape: Tensor) -> Tensor:
  s = annotate(List[int], shape.tolist())
  n = 1
  for d in s:
    n = n * d
  b = int(begin)
  return x[b:b + n].view(s)

# Whether two tensors of one shape are equal everywhere.
def equal(self, x: Tensor, y: Tensor) -> Tensor:
  return (x == y).all()

# A fresh contiguous copy in another dtype.
def materialize(self, x: Tensor, dtype: Tensor) -> Tensor:
  return x.to(int(dtype), False, True).contiguous()

def fill_from(self, target: Tensor, source: Tensor) -> Tensor:
  target.copy_(source)
  return target

def copy_all(self, targets: List[Tensor], sources: List[Tensor]) -> Tensor:
  torch._foreach_copy_(targets, sources)
  return targets[0]

# Each target = (1 - share) * target + share * source. Every product is rounded by itself: a fused one would depend on the loop.
def mix_all(self, targets: List[Tensor], sources: List[Tensor], share: Tensor) -> Tensor:
  a = float(share)
  for i, target in enumerate(targets):
    target.mul_(1.0 - a).add_(sources[i] * a)
  return share

# Piece by piece, each with answers of so many bytes: what the question takes must not be of the size of x.
def all_finite(self, x: Tensor, piece: Tensor) -> Tensor:
  f = x.reshape([-1])
  n = int(piece)
  finite = torch.ones([], dtype=11, device=x.device)
  for i in range(0, f.size(0), n):
    finite = torch.logical_and(finite, torch.isfinite(f[i:i + n]).all())
  return finite

# ---- decoder parts ----

def embed(self, table: Tensor, ids: Tensor) -> Tensor:
  return torch.embedding(table, ids)

def gather_rows(self, table: Tensor, rows: Tensor) -> Tensor:
  return table.index_select(0, rows)

def row_range(self, x: Tensor, begin: Tensor, end: Tensor) -> Tensor:
  return x[int(begin):int(end)]

def add(self, x: Tensor, y: Tensor) -> Tensor:
  return x + y

def scale(self, x: Tensor, factor: Tensor) -> Tensor:
  return x * float(factor)

# Times a number that is rounded to the dtype of x first.
def scale_rounded(self, x: Tensor, factor: Tensor) -> Tensor:
  return x * factor.to(x.dtype)

# Root-mean-square norm: reduction and scaling in fp32; only x and one number a row are kept for the gradient.
def rms_norm(self, x: Tensor, weight: Tensor, eps: Tensor) -> Tensor:
  return self.rms_rows(x, weight, float(eps))

# Where the rows are wider than the weight, as sums of layers are in half precision, the result has the weight's dtype, rounded once.
def rms_rows(self, x: Tensor, weight: Tensor, eps: float) -> Tensor:
  return (self.unit_rows(x, eps) * weight).to(weight.dtype)

# Rows x times their scales r and a weight, of the weight's dtype.
def normed_rows(self, x: Tensor, r: Tensor, weight: Tensor) -> Tensor:
  return self.scaled_rows(x, r).mul_(weight).to(weight.dtype)

# Rows of x over their root mean square, rounded to the dtype of x.
def unit_rows(self, x: Tensor, eps: float) -> Tensor:
  return self.scaled_rows(x, self.row_scales(x, eps))

# One over the root mean square of each row of x, fp32 [rows].
def row_scales(self, x: Tensor, eps: float) -> Tensor:
  n = torch.linalg_vector_norm(x, 2, [-1], dtype=6)
  return torch.rsqrt(n * n * (1.0 / x.size(-1)) + eps).reshape([-1])

# Rows of x times their numbers r [rows]: one pass forward and one back as a batch norm whose channels are the rows, of mean 0 and
# variance 1, with the numbers as its weight.
def scaled_rows(self, x: Tensor, r: Tensor) -> Tensor:
  rows = x.reshape([1, r.size(0), x.size(-1)])
  return torch.batch_norm(rows, r, None, torch.zeros_like(r), torch.ones_like(r), False, 0.0, 0.0, False).view(x.size())

# The same, multiplied by offset + weight before it is rounded.
def rms_norm_wide(self, x: Tensor, weight: Tensor, eps: Tensor, offset: Tensor) -> Tensor:
  n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=6)
  r = torch.rsqrt(n * n * (1.0 / x.size(-1)) + float(eps))
  return ((x * r) * (weight.to(6) + float(offset))).to(weight.dtype)

# Root-mean-square norm without a weight.
def rms_unit(self, x: Tensor, eps: Tensor) -> Tensor:
  return self.unit_rows(x, float(eps))

# Layer norm: mean and variance in fp32.
def layer_norm(self, x: Tensor, weight: Tensor, bias: Tensor, eps: Tensor) -> Tensor:
  return torch.layer_norm(x, [x.size(-1)], weight.to(x.dtype), bias.to(x.dtype), float(eps), False).to(weight.dtype)

# The same without a bias.
def layer_norm_unbiased(self, x: Tensor, weight: Tensor, eps: Tensor) -> Tensor:
  return torch.layer_norm(x, [x.size(-1)], weight.to(x.dtype), None, float(eps), False).to(weight.dtype)

# A matrix turned round; no copy.
def transposed(self, w: Tensor) -> Tensor:
  return w.t()

# Columns [from, to) of the last axis; no copy.
def columns(self, x: Tensor, begin: Tensor, end: Tensor) -> Tensor:
  return x[..., int(begin):int(end)]

def linear(self, x: Tensor, w: Tensor) -> Tensor:
  return torch.linear(x.to(w.dtype), w)

def linear_bias(self, x: Tensor, w: Tensor, bias: Tensor) -> Tensor:
  return torch.linear(x.to(w.dtype), w, bias)

# Inverted dropout whose mask depends on the seed alone, so that a recomputed layer sees the same one.
def dropout(self, x: Tensor, rate: Tensor, seed: Tensor) -> Tensor:
  p = float(rate)
  torch.manual_seed(int(seed))
  keep = torch.bernoulli(torch.full_like(x, 1.0 - p, dtype=6)).to(x.dtype)
  return x * keep * (1.0 / (1.0 - p))

# [N, heads * D] -> [heads, N, D]
def split_heads(self, x: Tensor, head_dim: Tensor) -> Tensor:
  return x.view([x.size(0), -1, int(head_dim)]).transpose(0, 1)

# [heads, N, D] -> [N, heads * D]
def merge_heads(self, x: Tensor) -> Tensor:
  return x.transpose(0, 1).reshape([x.size(1), -1])

# Rotary embedding, halves rotated; x [heads, N, D], cos and sin [N, W / 2]. What lies beyond the first W dimensions stays.
# Turned in the dtype of the angles and rounded once.
def rope(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  h = cos.size(-1)
  pieces = x.to(cos.dtype).split_with_sizes([h, h, x.size(-1) - 2 * h], -1)
  a = pieces[0]
  b = pieces[1]
  return torch.cat([torch.addcmul(a * cos, b, sin, value=-1), torch.addcmul(b * cos, a, sin, value=1), pieces[2]], -1).to(x.dtype)

# The same with neighbours as pairs (2 i, 2 i + 1) of the first W dimensions of x [heads, N, D]; the pairs' first halves come out first.
def rope_pairs(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  w = 2 * cos.size(-1)
  a = x[..., 0:w:2]
  b = x[..., 1:w:2]
  if w < x.size(-1):
    return torch.cat([a * cos - b * sin, b * cos + a * sin, x[..., w:].to(cos.dtype)], -1).to(x.dtype)
  return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)

# Columns of each head beside each other: a [heads, N, A] and b [heads or 1, N, B] -> [heads, N, A + B]
def join_heads(self, a: Tensor, b: Tensor) -> Tensor:
  return torch.cat([a, b.expand([a.size(0), -1, -1])], -1)

# x [heads, N, D] times a number of each position [N, 1].
def scale_positions(self, x: Tensor, factors: Tensor) -> Tensor:
  return (x * factors).to(x.dtype)

# Rows [0, n) of x [heads, n, D] and zeros up to rows.
def filled(self, x: Tensor, rows: int) -> Tensor:
  if rows == x.size(1):
    return x
  return torch.constant_pad_nd(x, [0, 0, 0, rows - x.size(1)])

# Causal attention over packed sequences. q [heads, N, D], k [kv heads, N, D], v [kv heads, N, E], mask [M, M] additive.
# blocks [B, 4] int64: query rows [0, 1), one block after the other over all N, each preceded by the shared prefix rows [2, 3)
# (empty: none; else those of an earlier block). reach [5] int64: the grain, the most keys of a block whose scores are held whole, the
# rows of a tile, then what a row sees: 0 all before it, 1 so many, itself counted, 2 its chunk of so many.
# Queries of the heads that share a key head are rows of one product, so that no key is copied. Rows are cut by one split, whose
# gradient is one join: the gradient of a slice fills all N rows with zeros, each time.
# Lengths are rounded up to a multiple of the grain by rows of zeros: causality masks them as keys, and they are dropped as
# queries. So few distinct shapes occur, for each of which the CPU's library compiles and keeps kernels.
def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, blocks: Tensor, reach: Tensor, scaling: Tensor, score_cap: Tensor) -> Tensor:
  z = annotate(List[int], reach.tolist())
  n = z[0]
  f = float(scaling)
  cap = float(score_cap)
  groups = q.size(0) // k.size(0)
  b = annotate(List[int], blocks.view(-1).tolist())
  sizes: List[int] = []
  at: Dict[int, int] = {}
  for i in range(len(b) // 4):
    sizes.append(b[4 * i + 1] - b[4 * i])
    at[b[4 * i]] = i
  qs = q.split_with_sizes(sizes, 1)
  ks = k.split_with_sizes(sizes, 1)
  vs = v.split_with_sizes(sizes, 1)
  out: List[Tensor] = []
  for i, size in enumerate(sizes):
    p = b[4 * i + 3] - b[4 * i + 2]
    rows = (size + n - 1) // n * n
    keys = (p + size + n - 1) // n * n
    ki = ks[i]
    vi = vs[i]
    if p > 0:
      prefix = at[b[4 * i + 2]]
      assert sizes[prefix] == p, 'a shared prefix is no block'
      ki = torch.cat([ks[prefix], ki], 1)
      vi = torch.cat([vs[prefix], vi], 1)
    ki = self.filled(ki, keys)
    vi = self.filled(vi, keys)
    if p + size > z[1]:
      o = torch.empty([k.size(0), groups, size, v.size(2)], dtype=v.dtype, device=q.device)
      out.append(self.attend_tiles(o, qs[i].to(v.dtype), ki.to(v.dtype), vi, p, z, f, cap).view([q.size(0), size, -1]))
      continue
    qi = self.filled(qs[i], rows).reshape([k.size(0), groups * rows, -1])
    m = self.block_mask(mask, p, size, rows, keys).repeat([groups, 1])
    if cap > 0.0:
      scores = torch.tanh(self.products(qi, ki.transpose(1, 2), v) * (f / cap)) * cap + m
    else:
      scores = self.scores(m, qi, ki.transpose(1, 2), v, f)
    o = torch.bmm(torch.softmax(scores, -1).to(v.dtype), vi).view([q.size(0), rows, -1])
    if rows > size:
      o = o[:, 0:size]
    out.append(o)
  return torch.cat(out, 1)

# Products of queries with keys [.., D, keys], fp32. On a GPU they are rounded to the dtype of v; on a CPU, where a maximum and a softmax in
# half precision take longer than what is saved, they aren't.
def products(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
  if q.is_cpu:
    return torch.bmm(q.to(6), k.to(6))
  return torch.bmm(q.to(v.dtype), k.to(v.dtype)).to(6)

# The same times f beside a mask m [rows, keys] fp32.
def scores(self, m: Tensor, q: Tensor, k: Tensor, v: Tensor, f: float) -> Tensor:
  if q.is_cpu:
    return torch.baddbmm(m, q.to(6), k.to(6), beta=1, alpha=f)
  return torch.baddbmm(m.to(v.dtype), q.to(v.dtype), k.to(v.dtype), beta=1, alpha=f).to(6)

# ---- a long block: tiles of rows, each with the keys alone that one of its rows sees, so that a tile's scores are held and no more ----

# Four numbers a tile: first row, end row, first key, end key, all counted from the prefix's start. Tiles end where the sequence has a
# multiple of their rows, so that a row has the same keys beside it whether its prefix is a block of its own or not.
def tiles(self, begin: int, end: int, z: List[int]) -> List[int]:
  n, rows, extent, size = z[0], z[2], z[3], z[4]
  out: List[int] = []
  a = begin
  while a < end:
    e = min((a // rows + 1) * rows, end)
    low = 0
    if extent == 1:
      low = max(0, a - size + 1)
    elif extent == 2:
      e = min(e, (a // size + 1) * size)
      low = a // size * size
    out += [a, e, low // n * n, (e + n - 1) // n * n]
    a = e
  return out

# Room for the scores of any of the tiles t of one key head, taken once: memory that is asked for and given back tile by tile costs the
# system as much as the products.
def tile_room(self, q: Tensor, t: List[int], groups: int, z: List[int]) -> Tensor:
  n = z[0]
  cells = 0
  for j in range(len(t) // 4):
    cells = max(cells, (t[4 * j + 1] - t[4 * j] + n - 1) // n * n * (t[4 * j + 3] - t[4 * j + 2]))
  return torch.empty([groups * cells], dtype=q.dtype, device=q.device)

# The probabilities of a tile of one key head [1, groups * rows, keys], made in room[0], and its queries. q [groups, size, D]: the rows of
# the block, which begin at position p; k [1, keys, D]. The capped scores are left in room[2] where there is one.
def tile_shares(self, room: List[Tensor], q: Tensor, k: Tensor, p: int, t: List[int], z: List[int], f: float, cap: float) -> Tuple[Tensor, Tensor]:
  n = z[0]
  a, e, low, high = t[0], t[1], t[2], t[3]
  rows = (e - a + n - 1) // n * n
  qi = self.filled(q[:, a - p:e - p], rows).reshape([1, q.size(0) * rows, -1])
  ki = k[:, low:high].transpose(1, 2)
  scores = self.tile_of(room[0], qi, ki)
  if cap > 0.0:
    wide = self.products(qi, ki, qi).mul_(f / cap).tanh_().mul_(cap)
    if len(room) > 2:
      self.tile_of(room[2], qi, ki).copy_(wide)
    self.hide(wide.view([q.size(0), rows, -1]), t, z)
    return (scores.copy_(torch._softmax(wide, -1, False, out=wide)), qi)
  if q.dtype == 6:
    torch.baddbmm(torch.zeros([1], dtype=q.dtype, device=q.device), qi, ki, beta=0, alpha=f, out=scores)
  else:
    # What is rounded is how far a score is from the greatest, so that those that count are hardly rounded, and the shares are the same. Of
    # many keys that every row sees an eighth says about what the greatest is.
    seen = self.seen_by_all(t, z)
    if a - seen < 128:
      torch.baddbmm(torch.zeros([1], dtype=q.dtype, device=q.device), qi, ki, beta=0, alpha=f, out=scores)
      self.hide(scores.view([q.size(0), rows, -1]), t, z)
      best = scores.amax(-1, True)
    else:
      best = torch.bmm(qi, k[:, seen:a:8].transpose(1, 2)).amax(-1, True).mul_(f)
    scores.copy_(best.neg_())
    scores.baddbmm_(qi, ki, beta=1, alpha=f)
  self.hide(scores.view([q.size(0), rows, -1]), t, z)
  return (torch._softmax(scores, -1, False, out=scores), qi)

# The first key that all rows of a tile see; so are those after it, up to the tile's first row.
def seen_by_all(self, t: List[int], z: List[int]) -> int:
  a, e, low = t[0], t[1], t[2]
  if z[3] == 1:
    return max(low, e - z[4])
  if z[3] == 2:
    return a // z[4] * z[4]
  return low

# Sets the scores s [groups, rows, keys] of what rows of a tile don't see to minus infinity.
def hide(self, s: Tensor, t: List[int], z: List[int]) -> Tensor:
  extent, size = z[3], z[4]
  a, e, low, high = t[0], t[1], t[2], t[3]
  # Rows that fill up see what the last row sees: with no key at all their NaN would reach the gradients.
  at = torch.arange(a, a + s.size(1), device=s.device).clamp(max=e - 1).unsqueeze(1)
  later = torch.arange(a, high, device=s.device)
  s[:, :, a - low:].masked_fill_(later > at, float('-inf'))
  if extent == 1 and e - size > low:
    earlier = torch.arange(low, min(e - size, high), device=s.device)
    s[:, :, 0:earlier.size(0)].masked_fill_(earlier <= at - size, float('-inf'))
  elif extent == 2 and a // size * size > low:
    s[:, :, 0:a // size * size - low].fill_(float('-inf'))
  return s

# The part of a room that holds the product of x [1, N, D] and y [1, D, K].
def tile_of(self, room: Tensor, x: Tensor, y: Tensor) -> Tensor:
  return room[0:x.size(1) * y.size(2)].view([1, x.size(1), y.size(2)])

# Attention of a block by tiles; k, v: the keys and values it sees, filled up. out [kv heads, groups, size, E], written. One key head
# after the other: its keys stay in the core's cache while its tiles pass.
def attend_tiles(self, out: Tensor, q: Tensor, k: Tensor, v: Tensor, p: int, z: List[int], f: float, cap: float) -> Tensor:
  groups = out.size(1)
  t = self.tiles(p, p + q.size(1), z)
  room = [self.tile_room(q, t, groups, z)]
  for h in range(out.size(0)):
    qh, kh, vh = q[h * groups:(h + 1) * groups], k[h:h + 1], v[h:h + 1]
    for j in range(len(t) // 4):
      a, e = t[4 * j] - p, t[4 * j + 1] - p
      shares, qi = self.tile_shares(room, qh, kh, p, t[4 * j:4 * j + 4], z, f, cap)
      o = torch.bmm(shares, vh[:, t[4 * j + 2]:t[4 * j + 3]]).view([groups, -1, v.size(2)])
      out[h, :, a:e].copy_(o[:, 0:e - a])
  return out

# The gradients of attend_tiles: dq [kv heads, groups, size, D] is written, without the factor f; given back are those of k, without it
# too, and of v [kv heads, keys, ·] fp32. d [kv heads, groups, size, E]. The probabilities are made once more.
def tiles_backward(self, dq: Tensor, d: Tensor, q: Tensor, k: Tensor, v: Tensor, p: int, z: List[int], f: float, cap: float) -> Tuple[Tensor, Tensor]:
  groups = d.size(1)
  dk = torch.zeros([k.size(0), k.size(1), k.size(2)], dtype=6, device=k.device)
  dv = torch.zeros([v.size(0), v.size(1), v.size(2)], dtype=6, device=v.device)
  t = self.tiles(p, p + q.size(1), z)
  room = [self.tile_room(q, t, groups, z), self.tile_room(q, t, groups, z)]
  if cap > 0.0:
    room.append(self.tile_room(q, t, groups, z))
  for h in range(d.size(0)):
    qh, kh, vh = q[h * groups:(h + 1) * groups], k[h:h + 1], v[h:h + 1]
    for j in range(len(t) // 4):
      a, e, low, high = t[4 * j] - p, t[4 * j + 1] - p, t[4 * j + 2], t[4 * j + 3]
      shares, qi = self.tile_shares(room, qh, kh, p, t[4 * j:4 * j + 4], z, f, cap)
      rows = qi.size(1) // groups
      di = self.filled(d[h, :, a:e], rows).reshape([1, groups * rows, -1])
      dv[h:h + 1, low:high].add_(torch.bmm(shares.transpose(1, 2), di))
      seen = vh[:, low:high].transpose(1, 2)
      ds = self.tile_of(room[1], di, seen)
      torch.bmm(di, seen, out=ds)
      torch._softmax_backward_data(ds, shares, -1, shares.dtype, grad_input=ds)
      if cap > 0.0:
        ds.mul_(self.tile_of(room[2], di, seen).div_(cap).square_().neg_().add_(1.0))
      dq[h, :, a:e].copy_(torch.bmm(ds, kh[:, low:high]).view([groups, rows, -1])[:, 0:e - a])
      dk[h:h + 1, low:high].add_(torch.bmm(ds.transpose(1, 2), qi))
  return (dk, dv)

# The gradients of q, k and v of attend, all its blocks by tiles. d [heads, N, E].
def attend_gradients(self, d: Tensor, q: Tensor, k: Tensor, v: Tensor, blocks: Tensor, reach: Tensor, scaling: Tensor, score_cap: Tensor) -> List[Tensor]:
  z = annotate(List[int], reach.tolist())
  none: List[Tensor] = []
  rows = d.transpose(0, 1).reshape([q.size(1), -1])
  dq, dk, dv = self.attend_backward(rows, none, q.to(v.dtype), k.to(v.dtype), v, blocks, z, float(scaling), float(score_cap))
  return [dq.to(q.dtype), dk.to(k.dtype), dv.view([q.size(1), k.size(0), -1]).transpose(0, 1)]

# The mask [rows, keys] of a block of so many rows after a prefix of p, both filled up.
def block_mask(self, mask: Tensor, p: int, size: int, rows: int, keys: int) -> Tensor:
  if p + rows <= keys:
    return mask[p:p + rows, 0:keys]
  # With a window or a chunk, rows beyond the keys would see nothing: their NaN would reach the gradients.
  return torch.cat([mask[p:p + size, 0:keys], mask[0:rows - size, 0:keys]], 0)

# attend without a cap and without masks, a pack in one call of the library's kernels for sequences of several lengths; they exist on
# GPUs alone. q [heads, N, D], k, v [kv heads, N, D]. queries, keys [B + 1] int32: where each block begins among the N rows, and among
# the T keys of all blocks laid end to end; the last: where all end. rows [T] int64: the row that a key is taken from, without elements
# where that is each row once. longest [2]: rows, and keys, of the longest block. A block's last row sees its last key, the row
# before it one fewer.
# In half precision; window: tokens that a row sees, itself counted, 0: all. The library's window leaves the row itself out.
def attend_flash(self, q: Tensor, k: Tensor, v: Tensor, queries: Tensor, keys: Tensor, rows: Tensor, longest: Tensor, scaling: Tensor, window: Tensor) -> Tensor:
  n = annotate(List[int], longest.tolist())
  w = int(window)
  left: Optional[int] = None
  right: Optional[int] = None
  if w > 0:
    left = w - 1
    right = 0
  qs = q.transpose(0, 1).contiguous()
  o = torch._flash_attention_forward(qs, self.rows_of(k, rows), self.rows_of(v, rows), queries, keys, n[0], n[1], 0.0, True, False, scale=float(scaling), window_size_left=left, window_size_right=right)
  return o[0].transpose(0, 1)

# In fp32, where every query head needs a key head of its own. Mask 2: causal, the last row beside the last key. No window: autograd
# does not hand it to the backward.
def attend_efficient(self, q: Tensor, k: Tensor, v: Tensor, queries: Tensor, keys: Tensor, rows: Tensor, longest: Tensor, scaling: Tensor) -> Tensor:
  n = annotate(List[int], longest.tolist())
  groups = q.size(0) // k.size(0)
  qs = q.transpose(0, 1).contiguous().unsqueeze(0)
  ks = self.head_each(self.rows_of(k, rows), groups).unsqueeze(0)
  vs = self.head_each(self.rows_of(v, rows), groups).unsqueeze(0)
  o = torch._efficient_attention_forward(qs, ks, vs, None, queries, keys, n[0], n[1], 0.0, 2, True, scale=float(scaling))
  return o[0].squeeze(0).transpose(0, 1)

# x [heads, N, D] as [T, heads, D].
def rows_of(self, x: Tensor, rows: Tensor) -> Tensor:
  y = x.transpose(0, 1)
  if rows.numel() == 0:
    return y.contiguous()
  return torch.index_select(y, 0, rows)

# x [T, kv heads, D] as [T, kv heads * groups, D], each head so often.
def head_each(self, x: Tensor, groups: int) -> Tensor:
  return x.unsqueeze(2).expand([-1, -1, groups, -1]).reshape([x.size(0), -1, x.size(2)])

def multiply(self, x: Tensor, y: Tensor) -> Tensor:
  return x * y

def swiglu(self, gate: Tensor, up: Tensor) -> Tensor:
  return torch.silu(gate) * up

def silu(self, x: Tensor) -> Tensor:
  return torch.silu(x)

def gelu(self, x: Tensor) -> Tensor:
  return torch.gelu(x)

def gelu_tanh(self, x: Tensor) -> Tensor:
  return 0.5 * x * (1.0 + torch.tanh(0.7978845608028654 * (x + 0.044715 * (x * x * x))))

def relu(self, x: Tensor) -> Tensor:
  return torch.relu(x)

# ---- a layer of the commonest shape in one call, and its backward written out: autograd keeps more, and adds what meets in passes of
# their own ----
# ws, numbers: those of one layer of step_layers. rotation: cosine and sine, empty where positions are not put in. sizes [3]: width
# of a query and of a value, the grain of attend. The sums are those of the parts above, bit for bit.

# asked 0: gives the result [N, H]. 1: after it, what the backward reads besides x: the scales of both norms' rows, queries and keys (before
# their norms, where they have some; else as attention sees them), values, attention's result, the sum after it, gate, up, the thin
# products of the pairs (empty where there is none), and the probabilities of each block. 2: the result, and attention's. 3: as 1, for the
# backward alone: the result is empty, and attention's is known where it isn't empty.
def layer_forward(self, x: Tensor, ws: List[Tensor], numbers: Tensor, mask: Tensor, blocks: Tensor, reach: Tensor, rotation: List[Tensor], sizes: Tensor, known: Tensor, asked: Tensor) -> List[Tensor]:
  f = annotate(List[float], numbers.tolist())
  z = annotate(List[int], sizes.tolist())
  what = int(asked)
  r1 = self.row_scales(x, f[0])
  h = self.normed_rows(x, r1, ws[0])
  q, tq = self.heads_product(h, ws, 4, f[6], ws[2])
  k, tk = self.heads_product(h, ws, 8, f[7], ws[3])
  v, tv = self.paired_product(h, ws, 12, f[8])
  q0 = q
  k0 = k
  q = self.placed_heads(q, ws[2], f[2], rotation, z[0])
  k = self.placed_heads(k, ws[3], f[3], rotation, z[0])
  mixed = self.attend_blocks(q, k, v.view([x.size(0), -1, z[1]]).transpose(0, 1), mask, blocks, annotate(List[int], reach.tolist()), f[4], what % 2 == 1, known)
  a = mixed[0]
  m, ta = self.wide_product(a, ws, 16, f[9])
  m.add_(x)
  r2 = self.row_scales(m, f[1])
  h = self.normed_rows(m, r2, ws[1])
  g, tg = self.paired_product(h, ws, 20, f[10])
  u, tu = self.paired_product(h, ws, 24, f[11])
  gated = torch.silu(g).mul_(u)
  if what == 3:
    y, td = x[0:0], self.thin_product(gated, ws, 28)
  else:
    y, td = self.wide_product(gated, ws, 28, f[12])
    y.add_(m)
  if what == 0:
    return [y]
  if what == 2:
    return [y, a]
  if not ws[2].numel() > 0:
    q0 = q.to(h.dtype)
  if not ws[3].numel() > 0:
    k0 = k.to(h.dtype)
  return [y, r1, r2, q0, k0, v, a, m, g, u, tq, tk, tv, ta, tg, tu, td] + mixed[1:]

# The gradient of x [N, H], empty without through; adds to buffers the gradients of the pairs' a and b, two a product, empty where
# there is no pair. kept: what layer_forward gave, the result left out.
def layer_backward(self, dy: Tensor, x: Tensor, kept: List[Tensor], ws: List[Tensor], buffers: List[Tensor], numbers: Tensor, blocks: Tensor, reach: Tensor, rotation: List[Tensor], sizes: Tensor, through: Tensor) -> Tensor:
  f = annotate(List[float], numbers.tolist())
  z = annotate(List[int], sizes.tolist())
  r1, r2, q, k, v, a, m, g, u = kept[0], kept[1], kept[2], kept[3], kept[4], kept[5], kept[6], kept[7], kept[8]
  none: Optional[Tensor] = None
  gated = torch.silu(g)
  d = self.paired_backward(dy.to(g.dtype), gated * u, kept[15], ws, 28, f[12], buffers, none, True)
  du = gated.mul_(d)
  dg = torch.silu_backward(d.mul_(u), g)
  h = self.normed_rows(m, r2, ws[1])
  dh = self.paired_backward(dg, h, kept[13], ws, 20, f[10], buffers, none, True)
  dh = self.paired_backward(du, h, kept[14], ws, 24, f[11], buffers, dh, True)
  dm = self.norm_backward(dh, m, ws[1], r2)
  dm = torch.add(dy, dm, alpha=self.norm_correction(m), out=dm)
  da = self.paired_backward(dm.to(a.dtype), a, kept[12], ws, 16, f[9], buffers, none, True)
  h = self.normed_rows(x, r1, ws[0])
  qs = q
  ks = k
  if ws[2].numel() > 0:
    qs = self.placed_heads(q, ws[2], f[2], rotation, z[0]).to(q.dtype)
  if ws[3].numel() > 0:
    ks = self.placed_heads(k, ws[3], f[3], rotation, z[0]).to(k.dtype)
  dq, dk, dv = self.attend_backward(da, kept[16:], qs, ks, v.view([x.size(0), -1, z[1]]).transpose(0, 1), blocks, annotate(List[int], reach.tolist()), f[4], 0.0)
  dq = self.placed_backward(dq, q, ws[2], f[2], rotation)
  dk = self.placed_backward(dk, k, ws[3], f[3], rotation)
  onward = bool(through)
  dh = self.paired_backward(dq, h, kept[9], ws, 4, f[6], buffers, none, onward)
  dh = self.paired_backward(dk, h, kept[10], ws, 8, f[7], buffers, dh, onward)
  dh = self.paired_backward(dv, h, kept[11], ws, 12, f[8], buffers, dh, onward)
  if not onward:
    return dh
  dx = self.norm_backward(dh, x, ws[0], r1)
  return torch.add(dm, dx, alpha=self.norm_correction(x), out=dx)

# A product with its bias and its pair, and the pair's thin product [N, rank]; empty where there is none.
def paired_product(self, x: Tensor, ws: List[Tensor], i: int, scaling: float) -> Tuple[Tensor, Tensor]:
  if ws[i + 1].numel() > 0:
    y = torch.linear(x, ws[i], ws[i + 1])
  else:
    y = torch.linear(x, ws[i])
  t = self.thin_product(x, ws, i)
  if t.numel() == 0:
    return (y, t)
  return (y.addmm_(t, ws[i + 3].t(), beta=1, alpha=scaling), t)

# The same in fp32: the product, which is rounded to its own dtype, and what the pair adds, which is not.
def wide_product(self, x: Tensor, ws: List[Tensor], i: int, scaling: float) -> Tuple[Tensor, Tensor]:
  if ws[i + 1].numel() > 0:
    y = torch.linear(x, ws[i], ws[i + 1]).to(6)
  else:
    y = torch.linear(x, ws[i]).to(6)
  t = self.thin_product(x, ws, i)
  if t.numel() == 0:
    return (y, t)
  return (y.addmm_(t.to(6), ws[i + 3].to(6).t(), beta=1, alpha=scaling), t)

# Queries or keys: in fp32 until positions are put in, but for a norm.
def heads_product(self, x: Tensor, ws: List[Tensor], i: int, scaling: float, norm: Tensor) -> Tuple[Tensor, Tensor]:
  if norm.numel() > 0:
    return self.paired_product(x, ws, i, scaling)
  return self.wide_product(x, ws, i, scaling)

def thin_product(self, x: Tensor, ws: List[Tensor], i: int) -> Tensor:
  if ws[i + 2].numel() == 0:
    return ws[i + 2]
  return torch.linear(x, ws[i + 2])

# The gradient of its x, added into what other products of the same x gave; t: the thin product. Empty without through.
def paired_backward(self, dy: Tensor, x: Tensor, t: Tensor, ws: List[Tensor], i: int, scaling: float, buffers: List[Tensor], sum: Optional[Tensor], through: bool) -> Tensor:
  a = ws[i + 2]
  j = (i - 4) // 2
  dt = a
  if a.numel() > 0:
    dt = torch.matmul(dy, ws[i + 3]).mul_(scaling)
    buffers[j].add_(torch.matmul(dt.t(), x))
    buffers[j + 1].add_(torch.matmul(dy.t(), t), alpha=scaling)
  if not through:
    return x[0:0]
  if sum is None and a.numel() > 0 and a.dtype != 6: # what is small is added before the sum is rounded
    return torch.matmul(dt, a).addmm_(dy, ws[i], beta=1, alpha=1)
  if sum is not None:
    if a.dtype != 6 and a.numel() > 0:
      return sum.addmm_(dt, a, beta=1, alpha=1).addmm_(dy, ws[i], beta=1, alpha=1)
    dx = sum.addmm_(dy, ws[i], beta=1, alpha=1)
  else:
    dx = torch.matmul(dy, ws[i])
  if a.numel() > 0:
    dx.addmm_(dt, a, beta=1, alpha=1)
  return dx

# Gradient by x of a root-mean-square norm over rows, but for the factor norm_correction; dy is overwritten. As the gradient of v in
# g v / |v|, with g the root of the row's length, rounded to the dtype of x.
def norm_backward(self, dy: Tensor, x: Tensor, w: Tensor, r: Tensor) -> Tensor:
  root = float(x.size(-1)) ** 0.5
  v = x.reshape([r.size(0), x.size(-1)])
  g = torch.full([r.size(0), 1], root, dtype=x.dtype, device=x.device)
  dx, dg = torch._weight_norm_interface_backward(dy.to(x.dtype).mul_(w).view(v.size()), v, g, torch.reciprocal(r).mul_(root).unsqueeze(1), 0)
  return dx.view(x.size())

def norm_correction(self, x: Tensor) -> float:
  root = torch.full([], float(x.size(-1)) ** 0.5, dtype=7)
  return float(root / root.to(x.dtype))

# [N, heads * D], normed where there is a norm, with positions put in: [heads, N, D], fp32.
def placed_heads(self, x: Tensor, norm: Tensor, eps: float, rotation: List[Tensor], width: int) -> Tensor:
  y = x.view([x.size(0), -1, width]).to(6)
  if norm.numel() > 0:
    y = self.rms_rows(y, norm.to(6), eps)
  if rotation[0].numel() == 0:
    return y.transpose(0, 1)
  out = torch.empty([y.size(1), y.size(0), width], dtype=6, device=x.device)
  self.rope_into(out, y.transpose(0, 1), rotation[0], rotation[1], 1)
  return out

# d [heads, N, D] of it, x as it came: [N, heads * D].
def placed_backward(self, d: Tensor, x: Tensor, norm: Tensor, eps: float, rotation: List[Tensor]) -> Tensor:
  dy = torch.empty([d.size(1), d.size(0), d.size(2)], dtype=6, device=d.device)
  if rotation[0].numel() == 0:
    dy.copy_(d.transpose(0, 1))
  else:
    self.rope_into(dy.transpose(0, 1), d.to(6), rotation[0], rotation[1], -1)
  if norm.numel() > 0:
    rows = x.view(dy.size()).to(6)
    dy = self.norm_backward(dy, rows, norm, self.row_scales(rows, eps))
    c = self.norm_correction(rows)
    if c != 1.0:
      dy.mul_(c)
  return dy.to(d.dtype).view([d.size(1), -1])

# x [heads, N, D] rotated into out; back with sign -1.
def rope_into(self, out: Tensor, x: Tensor, cos: Tensor, sin: Tensor, sign: int) -> Tensor:
  h = cos.size(-1)
  a = x[..., 0:h]
  b = x[..., h:2 * h]
  first = torch.mul(a, cos, out=out[..., 0:h])
  first.addcmul_(b, sin, value=-sign)
  second = torch.mul(b, cos, out=out[..., h:2 * h])
  second.addcmul_(a, sin, value=sign)
  if x.size(-1) > 2 * h:
    out[..., 2 * h:].copy_(x[..., 2 * h:])
  return out

# attend without a cap, q and k in fp32 or in v's dtype, its result as [N, heads * E], and with keep the probabilities of each block, empty where its scores go by tiles.
# known: the result, where it is not to be made again; else empty.
def attend_blocks(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, blocks: Tensor, z: List[int], scaling: float, keep: bool, known: Tensor) -> List[Tensor]:
  n = z[0]
  kv = k.size(0)
  groups = q.size(0) // kv
  b = annotate(List[int], blocks.view(-1).tolist())
  again = known.numel() > 0
  if again:
    out = known.view([q.size(1), q.size(0), v.size(2)])
  else:
    out = torch.empty([q.size(1), q.size(0), v.size(2)], dtype=v.dtype, device=q.device)
  by_head = out.view([q.size(1), kv, groups, v.size(2)]).permute([1, 2, 0, 3])
  result: List[Tensor] = [out.view([q.size(1), -1])]
  for i in range(len(b) // 4):
    s = b[4 * i]
    e = b[4 * i + 1]
    size = e - s
    p = b[4 * i + 3] - b[4 * i + 2]
    rows = (size + n - 1) // n * n
    keys = (p + size + n - 1) // n * n
    if p + size > z[1]:
      if not again:
        ki = self.seen_rows(k, b, i, keys).to(v.dtype)
        self.attend_tiles(by_head[:, :, s:e], q[:, s:e].to(v.dtype), ki, self.seen_rows(v, b, i, keys), p, z, scaling, 0.0)
      if keep:
        result.append(torch.empty([0], dtype=v.dtype, device=q.device))
      continue
    qi = self.filled(q[:, s:e], rows).reshape([kv, groups * rows, -1])
    ki = self.seen_rows(k, b, i, keys)
    m = self.block_mask(mask, p, size, rows, keys).repeat([groups, 1])
    shares = torch.softmax(self.scores(m, qi, ki.transpose(1, 2), v, scaling), -1).to(v.dtype)
    if keep:
      result.append(shares)
    if not again:
      o = torch.bmm(shares, self.seen_rows(v, b, i, keys)).view([kv, groups, rows, -1])
      by_head[:, :, s:e].copy_(o[:, :, 0:size])
  return result

# The rows [heads, keys, D] that a block sees: its prefix, its own, zeros.
def seen_rows(self, x: Tensor, b: List[int], i: int, keys: int) -> Tensor:
  own = x[:, b[4 * i]:b[4 * i + 1]]
  if b[4 * i + 3] > b[4 * i + 2]:
    own = torch.cat([x[:, b[4 * i + 2]:b[4 * i + 3]], own], 1)
  return self.filled(own, keys)

# d [N, heads * E]: gradients of q and k, of the shapes that they have, and of v [N, kv heads * E]. shares: the probabilities of each
# block, empty where its scores went by tiles; no list at all: all went so.
def attend_backward(self, d: Tensor, shares: List[Tensor], q: Tensor, k: Tensor, v: Tensor, blocks: Tensor, z: List[int], scaling: float, cap: float) -> Tuple[Tensor, Tensor, Tensor]:
  n = z[0]
  kv = k.size(0)
  groups = q.size(0) // kv
  b = annotate(List[int], blocks.view(-1).tolist())
  d4 = d.view([q.size(1), kv, groups, v.size(2)]).permute([1, 2, 0, 3])
  dq = torch.empty([q.size(0), q.size(1), q.size(2)], dtype=q.dtype, device=q.device)
  dk = torch.empty([kv, k.size(1), k.size(2)], dtype=k.dtype, device=k.device)
  dv = torch.empty([v.size(1), kv, v.size(2)], dtype=v.dtype, device=v.device)
  dv3 = dv.transpose(0, 1)
  q4 = dq.view([kv, groups, q.size(1), -1])
  for i in range(len(b) // 4):
    s = b[4 * i]
    e = b[4 * i + 1]
    size = e - s
    p = b[4 * i + 3] - b[4 * i + 2]
    rows = (size + n - 1) // n * n
    keys = (p + size + n - 1) // n * n
    ki = self.seen_rows(k, b, i, keys)
    vi = self.seen_rows(v, b, i, keys)
    di = d4[:, :, s:e]
    if len(shares) == 0 or shares[i].numel() == 0:
      dki, dvi = self.tiles_backward(q4[:, :, s:e], di, q[:, s:e], ki, vi, p, z, scaling, cap)
    else:
      share = shares[i]
      qi = self.filled(q[:, s:e], rows).reshape([kv, groups * rows, -1])
      if rows > size:
        di = torch.constant_pad_nd(di, [0, 0, 0, rows - size])
      di = di.reshape([kv, groups * rows, -1])
      dvi = torch.bmm(share.transpose(1, 2), di)
      ds = torch._softmax_backward_data(torch.bmm(di, vi.transpose(1, 2)), share, -1, share.dtype)
      q4[:, :, s:e].copy_(torch.bmm(ds, ki).view([kv, groups, rows, -1])[:, :, 0:size])
      dki = torch.bmm(ds.transpose(1, 2), qi)
    dk[:, s:e].copy_(dki[:, p:p + size])
    dv3[:, s:e].copy_(dvi[:, p:p + size])
    if p > 0:
      dk[:, b[4 * i + 2]:b[4 * i + 3]].add_(dki[:, 0:p])
      dv3[:, b[4 * i + 2]:b[4 * i + 3]].add_(dvi[:, 0:p])
  return (dq.mul_(scaling), dk.mul_(scaling), dv.view([v.size(1), -1]))

# ---- experts: N tokens, k choices of each, E experts, P places of all experts' rows laid end to end ----

# The most likely experts [N, k], likeliest first, and their shares [N, k] from router logits [N, E] (fp32).
def choose_softmax(self, logits: Tensor, count: Tensor, normalised: Tensor) -> List[Tensor]:
  shares, chosen = torch.topk(torch.softmax(logits, -1), int(count), -1)
  if bool(normalised):
    shares = shares / shares.sum(-1, True)
  return [chosen, shares]

# The same where a bias decides who is chosen and nothing else; the shares' sum counts as least where it is smaller.
def choose_softmax_biased(self, logits: Tensor, bias: Tensor, count: Tensor, least: Tensor) -> List[Tensor]:
  scores = torch.softmax(logits, -1)
  chosen = torch.topk(scores.detach() + bias, int(count), -1)[1]
  shares = scores.gather(1, chosen)
  return [chosen, shares / torch.clamp(shares.sum(-1, True), min=float(least))]

# Each expert scored by itself; numbers = [k, groups, kept groups]. The bias decides who is chosen and nothing else.
# A group counts by the sum of its two best.
def choose_grouped(self, logits: Tensor, bias: Tensor, numbers: Tensor, normalised: Tensor, scaling: Tensor) -> List[Tensor]:
  n = annotate(List[int], numbers.tolist())
  scores = self.even_sigmoid(logits)
  ranked = scores.detach() + bias
  if n[2] < n[1]:
    grouped = ranked.view([ranked.size(0), n[1], -1])
    best = torch.topk(grouped, 2, -1)[0].sum(-1)
    kept = torch.topk(best, n[2], -1)[1]
    out = torch.ones_like(best).scatter(1, kept, 0.0).unsqueeze(2)
    ranked = grouped.masked_fill(out > 0.5, float('-inf')).view([ranked.size(0), -1])
  chosen = torch.topk(ranked, n[0], -1)[1]
  shares = scores.gather(1, chosen)
  if bool(normalised):
    shares = shares / (shares.sum(-1, True) + 1e-20)
  return [chosen, shares * float(scaling)]

# Each chosen expert weighed by itself.
def choose_sigmoid(self, logits: Tensor, count: Tensor) -> List[Tensor]:
  best, chosen = torch.topk(logits, int(count), -1)
  return [chosen, self.even_sigmoid(best)]

# Sigmoids of so many numbers that whole vectors of the processor hold them: the library computes what is left over otherwise, so that
# the last digit of a token's share would depend on how many tokens there are.
def even_sigmoid(self, x: Tensor) -> Tensor:
  flat = x.reshape([-1])
  n = flat.size(0)
  return torch.sigmoid(torch.constant_pad_nd(flat, [0, (n + 31) // 32 * 32 - n]))[0:n].view(x.size())

# Choices [N, k] sorted by expert, in the order of the tokens. Each expert's rows are filled up to 8, 16, 32 or a multiple of 64
# (filled with choice 0, whose rows there are dropped), so that few shapes occur and a row's products don't depend on their number.
# Gives the choice at each place [P], the place of each choice [N * k] and, on the CPU, how many rows each expert has [E]: shapes hang on
# them, so that the device is waited for here, once a layer.
def plan_experts(self, chosen: Tensor, experts: Tensor) -> List[Tensor]:
  flat = chosen.reshape([-1])
  counts = torch.zeros([int(experts)], dtype=4, device=flat.device).scatter_add_(0, flat, torch.ones_like(flat))
  whole = (counts + 63) // 64 * 64
  sizes = torch.where(counts > 32, whole, torch.where(counts > 16, 32, torch.where(counts > 8, 16, torch.where(counts > 0, 8, 0))))
  order = torch.argsort(flat, stable=True, dim=0, descending=False)
  shift = (torch.cumsum(sizes, 0) - sizes) - (torch.cumsum(counts, 0) - counts)
  places = torch.arange(flat.size(0), device=flat.device) + shift.index_select(0, flat.index_select(0, order))
  known = sizes.cpu()
  rows = torch.zeros([int(known.sum())], dtype=4, device=flat.device).scatter(0, places, order)
  return [rows, torch.empty_like(flat).scatter(0, order, places), known]

# x [N, H] once for each choice: [N * k, H].
def spread(self, x: Tensor, count: Tensor) -> Tensor:
  return x.unsqueeze(1).expand([-1, int(count), -1]).reshape([-1, x.size(1)])

# The same with each copy times its share [N, k].
def spread_weighed(self, x: Tensor, shares: Tensor) -> Tensor:
  return (x.unsqueeze(1) * shares.unsqueeze(2)).to(x.dtype).view([-1, x.size(1)])

# Rows of the choices [N * k, H] by place, cut into pieces of the sizes given.
def deal(self, choices: Tensor, rows: Tensor, sizes: Tensor) -> List[Tensor]:
  return choices.index_select(0, rows).split_with_sizes(annotate(List[int], sizes.tolist()))

# Pieces of all places [P, H] back to the tokens: [N, H], the sum over the choices in fp32.
def gather_choices(self, pieces: List[Tensor], places: Tensor, count: Tensor) -> Tensor:
  y = torch.cat(pieces, 0).index_select(0, places)
  return y.view([-1, int(count), y.size(1)]).sum(1)

# The same, each choice times its share [N, k].
def gather_weighed(self, pieces: List[Tensor], places: Tensor, shares: Tensor) -> Tensor:
  y = torch.cat(pieces, 0).index_select(0, places)
  return (y.view([shares.size(0), shares.size(1), -1]) * shares.unsqueeze(2)).sum(1).to(y.dtype)

# A stack of matrices [E, in, out] as E matrices; no copy.
def unstack(self, stack: Tensor) -> List[Tensor]:
  return torch.unbind(stack, 0)

# One expert whose gate and up lie side by side: gate_up [H, 2 I], down [I, H].
def stacked_expert(self, x: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
  both = torch.matmul(x, gate_up)
  half = gate_up.size(1) // 2
  return torch.matmul(torch.silu(both[:, 0:half]) * both[:, half:], down)

# ---- matrix products alone, as the parts above have them: for measurement ----

# Of a linear layer's backward: g [N, out], w [out, in].
def input_gradient(self, g: Tensor, w: Tensor) -> Tensor:
  return torch.matmul(g, w)

# The gradient of the weight: g [N, out], x [N, in].
def weight_gradient(self, g: Tensor, x: Tensor) -> Tensor:
  return torch.matmul(g.t(), x)

# Of one block's attention: q [heads, n, D], k [heads, m, D], v [heads, m, E], p [heads, n, m].
def attention_products(self, q: Tensor, k: Tensor, v: Tensor, p: Tensor) -> List[Tensor]:
  return [torch.bmm(q, k.transpose(1, 2)), torch.bmm(p, v)]

# Those of its backward: d [heads, n, E].
def attention_gradients(self, q: Tensor, k: Tensor, v: Tensor, p: Tensor, d: Tensor) -> List[Tensor]:
  t = p.transpose(1, 2)
  return [torch.bmm(d, v.transpose(1, 2)), torch.bmm(t, d), torch.bmm(p, k), torch.bmm(t, q)]

# ---- low-rank pairs: a [rank, in], b [out, rank] beside a weight [out, in], or [in, out] where it is transposed ----

# y + scaling * B(A x), two thin products in the dtype of x.
def lora(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scaling: Tensor) -> Tensor:
  return torch.addmm(y, torch.linear(x.to(a.dtype), a), b.t(), beta=1, alpha=float(scaling))

# The same added into y, which nobody else needs.
def lora_into(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scaling: Tensor) -> Tensor:
  return y.addmm_(torch.linear(x.to(a.dtype), a), b.t(), beta=1, alpha=float(scaling))

# The same in fp32, what the pair adds not rounded; y is overwritten where it is fp32.
def lora_wide(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, scaling: Tensor) -> Tensor:
  return y.to(6).addmm_(torch.linear(x.to(a.dtype), a).to(6), b.to(6).t(), beta=1, alpha=float(scaling))

# The same with a second, frozen pair in the same sum: where both are equal but for the sign, nothing is left.
def lora_from_start(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor, x0: Tensor, a0: Tensor, b0: Tensor, scaling: Tensor) -> Tensor:
  thin = torch.cat([torch.linear(x.to(a.dtype), a), torch.linear(x0.to(a0.dtype), a0)], 1)
  return torch.addmm(y, thin, torch.cat([b, b0], 1).t(), beta=1, alpha=float(scaling))

def lora_rows(self, y: Tensor, ids: Tensor, a: Tensor, b: Tensor, scaling: Tensor) -> Tensor:
  return torch.addmm(y, a.index_select(1, ids).t(), b.t(), beta=1, alpha=float(scaling))

def output_squares(self, w: Tensor, transposed: Tensor) -> Tensor:
  n = torch.linalg_vector_norm(w, 2, [1 - int(transposed)], dtype=6)
  return n * n

# Norms of the outputs of W + s B A: |W|^2 + 2 s <W, B A> + s^2 |B A|^2 with <W, B A> = <W A^T, B>; nothing of the weight's size.
def output_norms(self, w: Tensor, squares: Tensor, a: Tensor, b: Tensor, scaling: Tensor, transposed: Tensor) -> Tensor:
  s = float(scaling)
  ad = a.detach()
  bd = b.detach().to(6)
  if bool(transposed):
    wa = torch.matmul(w.t(), ad.t()).to(6)
  else:
    wa = torch.matmul(w, ad.t()).to(6)
  a32 = ad.to(6)
  ba = torch.matmul(bd, torch.matmul(a32, a32.t()))
  n = squares + (bd * (wa * (2.0 * s) + ba * (s * s))).sum(1)
  return torch.sqrt(torch.clamp_min(n, 1e-30))

def scaled_outputs(self, y: Tensor, magnitudes: Tensor, norms: Tensor) -> Tensor:
  return (y * (magnitudes / norms)).to(y.dtype)

def add_difference(self, z: Tensor, y: Tensor, through: Tensor) -> Tensor:
  return z + (y - through)

def merge_pair(self, w: Tensor, a: Tensor, b: Tensor, scaling: Tensor, transposed: Tensor) -> Tensor:
  d = torch.matmul(b.to(6), a.to(6)) * float(scaling)
  return w.to(6) + (d.t() if bool(transposed) else d)

def scaled_weight(self, w: Tensor, magnitudes: Tensor, norms: Tensor, transposed: Tensor) -> Tensor:
  return w * (magnitudes / norms).unsqueeze(1 - int(transposed))

def singular_pair(self, w: Tensor, rank: Tensor, scaling: Tensor, transposed: Tensor) -> List[Tensor]:
  r = int(rank)
  m = w.to(6)
  if bool(transposed):
    m = m.t()
  u, s, vh = torch.linalg_svd(m, False)
  u = u[:, 0:r]
  largest = u.gather(0, u.abs().argmax(0, True))
  signs = torch.where(largest < 0, -1.0, 1.0)
  roots = torch.sqrt(s[0:r] * (1.0 / float(scaling)))
  return [(vh[0:r] * (signs.squeeze(0) * roots).unsqueeze(1)).contiguous(), (u * (signs * roots)).contiguous()]

def orthonormal_pair(self, w: Tensor, rank: Tensor, transposed: Tensor) -> List[Tensor]:
  n = int(rank)
  m = w.to(6)
  if bool(transposed):
    m = m.t()
  q, r = torch.linalg_qr(m, 'reduced')
  signs = torch.where(torch.diagonal(r)[0:n] < 0, -1.0, 1.0)
  return [(r[0:n] * signs.unsqueeze(1)).contiguous(), (q[:, 0:n] * signs).contiguous()]

# ---- weights in few bits: blocks of 64 numbers, a constant each ----
# Piece by piece, each so many bytes of fp32 values: on a CPU what is between codes and values stays in a core's cache, on a GPU as few
# launches as memory allows.

# What a 16-bit word of four NF4 codes stands for [65536, 4], by the word as a signed number + 32768; values [16].
def nf4_words(self, values: Tensor) -> Tensor:
  w = torch.bitwise_and(torch.arange(65536, device=values.device) - 32768, 65535)
  lower = torch.bitwise_and(w, 255)
  upper = torch.bitwise_right_shift(w, 8)
  codes: List[Tensor] = []
  for b in [lower, upper]:
    codes.append(torch.bitwise_right_shift(b, 4))
    codes.append(torch.bitwise_and(b, 15))
  return torch.embedding(values.unsqueeze(1), torch.stack(codes, 1)).squeeze(2).contiguous()

# Codes [words] int16, constants [blocks] fp32: products in fp32, rounded once.
def dequantize_nf4(self, codes: Tensor, words: Tensor, constants: Tensor, shape: Tensor, dtype: Tensor, piece: Tensor) -> Tensor:
  s = annotate(List[int], shape.tolist())
  n = 1
  for d in s:
    n = n * d
  total = codes.size(0)
  step = int(piece) // 256 * 16
  out = torch.empty([4 * total], dtype=int(dtype), device=codes.device)
  for i in range(0, total, step):
    e = min(i + step, total)
    v = torch.embedding(words, codes[i:e].to(3).add_(32768)).view([-1, 64])
    v.mul_(constants[i // 16:e // 16].unsqueeze(1))
    out[4 * i:4 * e].copy_(v.view([-1]))
  return out[0:n].view(s)

# Codes [numbers] int8.
def dequantize_int8(self, codes: Tensor, constants: Tensor, shape: Tensor, dtype: Tensor, piece: Tensor) -> Tensor:
  s = annotate(List[int], shape.tolist())
  n = 1
  for d in s:
    n = n * d
  total = codes.size(0)
  steps = constants / 127.0
  n64 = int(piece) // 256 * 64
  out = torch.empty([total], dtype=int(dtype), device=codes.device)
  for i in range(0, total, n64):
    e = min(i + n64, total)
    v = codes[i:e].to(6).view([-1, 64]).mul_(steps[i // 64:e // 64].unsqueeze(1))
    out[i:e].copy_(v.view([-1]))
  return out[0:n].view(s)

# Codes [.., R, C] float8, factors [matrices, R / rows, C / columns] fp32: products in fp32, rounded once.
def dequantize_fp8(self, codes: Tensor, factors: Tensor, rows: Tensor, columns: Tensor, dtype: Tensor, piece: Tensor) -> Tensor:
  r = min(int(rows), codes.size(-2))
  n = min(int(columns), codes.size(-1))
  c = codes.view([factors.size(0), codes.size(-2), codes.size(-1)])
  out = torch.empty(c.size(), dtype=int(dtype), device=codes.device)
  step = max(int(piece) // (4 * r * c.size(2)), 1)
  for m in range(c.size(0)):
    for b in range(0, factors.size(1), step):
      i = b * r
      e = min(i + step * r, c.size(1))
      f = factors[m, b:b + step].unsqueeze(2).expand([-1, -1, n]).reshape([-1, factors.size(2) * n])[:, 0:c.size(2)]
      if f.size(0) > 1:
        f = f.unsqueeze(1).expand([-1, r, -1]).reshape([-1, c.size(2)])[0:e - i]
      out[m, i:e].copy_(c[m, i:e].to(6).mul_(f))
  return out.view(codes.size())

# Constants [blocks] fp32 from their codes [blocks] uint8, the values of codes [256], constants of blocks of 256, and the mean [1].
def dequantize_constants(self, codes: Tensor, values: Tensor, constants: Tensor, mean: Tensor) -> Tensor:
  v = torch.embedding(values.unsqueeze(1), codes.to(3)).squeeze(1)
  return v * constants.repeat_interleave(256)[0:codes.size(0)] + mean

# ---- language-model head ----

# Soft-capped logits, cap * tanh(z / cap); 0: no cap.
def soft_cap(self, z: Tensor, cap: Tensor) -> Tensor:
  c = float(cap)
  return torch.tanh(z.to(6) / c) * c if c > 0.0 else z

# The gradient by logits from that by the capped ones, in place.
def through_cap(self, g: Tensor, capped: Tensor, cap: Tensor) -> Tensor:
  c = float(cap)
  return g.mul_(1.0 - (capped / c) ** 2) if c > 0.0 else g

# Rows z [R, V] fp32 less their greatest, in place, and their exponentials e [R, V]; gives the sums of these [R, 1]. The library's own
# log-softmax adds the exponentials of a row one after the other, which falls short by more than their rounding; a sum adds them in pairs.
def exponentials(self, z: Tensor, e: Tensor) -> Tensor:
  z.sub_(z.amax(-1, True))
  torch.exp(z, out=e)
  return e.sum(-1, True)

# Log-probabilities [R, V] of logits [R, V] fp32, the bits of a row the same in any company: the sum of one row alone would be cut among
# threads.
def log_shares(self, z: Tensor) -> Tensor:
  rows = torch.cat([z, z]) if z.size(0) == 1 else z
  y = rows - rows.amax(-1, True)
  return (y - torch.log(torch.exp(y).sum(-1, True)))[0:z.size(0)]

# The k largest of each row of z [R, V]: their columns [R, k]. They lie in those k blocks of columns whose largest is largest.
def likeliest_ids(self, z: Tensor, k: int) -> Tensor:
  r = z.size(0)
  size = 256
  whole = z.size(1) // size
  if whole <= 2 * k:
    return torch.topk(z, k, -1)[1]
  blocks = torch.topk(z[:, 0:whole * size].view([r, whole, size]).amax(-1), k, -1)[1]
  ids = (blocks * size).unsqueeze(2) + torch.arange(size, device=z.device)
  tail = torch.arange(whole * size, z.size(1), device=z.device).expand([r, -1])
  ids = torch.cat([ids.view([r, -1]), tail], 1)
  return ids.gather(1, torch.topk(z.gather(1, ids), k, -1)[1])

# Logits z [R, V] fp32 of products that were rounded to half precision: those of the targets t [R, K] and of the best so many made once
# more from h [R, H] and w [V, H], their products added in fp32. Most of what rounding costs a log-probability is in these.
def exact_logits(self, z: Tensor, h: Tensor, w: Tensor, t: Tensor, cap: Tensor, best: int) -> Tensor:
  if h.dtype == 6 or best == 0:
    return z
  ids = torch.cat([t, self.likeliest_ids(z, min(best, z.size(1)))], 1)
  step = max(1, 4194304 // (ids.size(1) * w.size(1)))
  for i in range(0, z.size(0), step):
    at = ids[i:i + step]
    own = torch.bmm(torch.embedding(w, at).to(6), h[i:i + step].to(6).unsqueeze(2)).squeeze(2)
    z[i:i + step].scatter_(1, at, self.soft_cap(own, cap))
  return z

# How many rows of a chunk of logits are worked on at a time: on a CPU few, so that they stay in a core's caches from one pass to the
# next, on a GPU all.
def rows_at_once(self, h: Tensor, chunk: int) -> int:
  return min(chunk, 17) if h.is_cpu else chunk

# Where the part ends that begins with a row; no part has one row alone but where the chunk has (see log_shares).
def end_of_part(self, begin: int, end: int, rows: int) -> int:
  return end if end - begin <= rows else begin + rows - 1

# A head's matrix for products with h: where it is stored in another dtype, restored as a whole up to 128 MiB. Of a larger one, which stays
# as it is, head_logits and head_gradient restore 8 MiB at a time.
def head_for(self, h: Tensor, w: Tensor) -> Tensor:
  return w if w.dtype == h.dtype or w.numel() > 33554432 else w.to(h.dtype)

# Rows of a head's matrix [V, H] that are restored at a time.
def restored_at_once(self, w: Tensor) -> int:
  return max(1, 2097152 // w.size(1))

# Logits [R, V] of hidden states [R, H] by a head w [V, H], put into out.
def head_logits(self, h: Tensor, w: Tensor, out: Tensor) -> Tensor:
  if w.dtype == h.dtype:
    return torch.mm(h, w.t(), out=out)
  step = self.restored_at_once(w)
  part = torch.empty([min(step, w.size(0)), w.size(1)], dtype=h.dtype, device=w.device)
  for i in range(0, w.size(0), step):
    m = min(step, w.size(0) - i)
    out[:, i:i + m].copy_(torch.mm(h, part[:m].copy_(w[i:i + m]).t()))
  return out

# Hidden states [R, H] of gradients by logits z [R, V], put into out.
def head_gradient(self, z: Tensor, w: Tensor, out: Tensor) -> Tensor:
  if w.dtype == z.dtype:
    return torch.mm(z, w, out=out)
  step = self.restored_at_once(w)
  part = torch.empty([min(step, w.size(0)), w.size(1)], dtype=z.dtype, device=w.device)
  out.zero_()
  for i in range(0, w.size(0), step):
    m = min(step, w.size(0) - i)
    out.addmm_(z[:, i:i + m], part[:m].copy_(w[i:i + m]))
  return out

# head_logits and head_gradient into memory of their own.
def head_linear(self, h: Tensor, w: Tensor) -> Tensor:
  if w.dtype == h.dtype:
    return torch.linear(h, w)
  return self.head_logits(h, w, torch.empty([h.size(0), w.size(0)], dtype=h.dtype, device=h.device))

def head_matmul(self, z: Tensor, w: Tensor) -> Tensor:
  if w.dtype == z.dtype:
    return torch.matmul(z, w)
  return self.head_gradient(z, w, torch.empty([z.size(0), w.size(1)], dtype=z.dtype, device=z.device))

# Scores of the target tokens, logits one chunk of rows at a time, softmax in fp32. h [R, H], w [V, H], targets [R].
# Gives per position: log-probability, entropy, log of the sum of squared probabilities, 1 where the target is the likeliest,
# and the unit gradient d log-probability / d h [R, H] (empty without want_gradient). All chunks use the same buffers, its logits in the
# compute dtype and twice in fp32: blocks that are freed and asked for again stay with the process (glibc's aligned allocations).
def head_scores(self, h: Tensor, stored: Tensor, targets: Tensor, chunk: Tensor, want_gradient: Tensor, cap: Tensor, temperature: Tensor, best: Tensor) -> List[Tensor]:
  w = self.head_for(h, stored)
  n = h.size(0)
  step = min(int(chunk), n)
  inverse = 1.0 / float(temperature)
  grad = bool(want_gradient)
  raw = torch.empty([step, w.size(0)], dtype=h.dtype, device=h.device)
  part = self.rows_at_once(h, step)
  first = torch.empty([part, w.size(0)], dtype=6, device=h.device)
  second = torch.empty([part, w.size(0)], dtype=6, device=h.device)
  logps = torch.empty([n], dtype=6, device=h.device)
  entropies = torch.empty([n], dtype=6, device=h.device)
  squares = torch.empty([n], dtype=6, device=h.device)
  hits = torch.empty([n], dtype=6, device=h.device)
  g = torch.empty([n if grad else 0, h.size(1)], dtype=h.dtype, device=h.device)
  for i in range(0, n, step):
    m = min(step, n - i)
    z = self.head_logits(h[i:i + m], w, raw[:m])
    a = i
    while a < i + m:
      b = self.end_of_part(a, i + m, part)
      t = targets[a:b].unsqueeze(1)
      own = z[a - i:b - i]
      capped = self.soft_cap(own, cap)
      p = self.exact_logits(first[:b - a].copy_(capped), h[a:b], w, t, cap, int(best))
      if inverse != 1.0:
        p.mul_(inverse)
      e = second[:b - a]
      s = self.exponentials(p, e)
      zt = p.gather(1, t)
      hits[a:b].copy_((zt >= 0.0).squeeze(1))
      log = torch.log(s)
      logps[a:b].copy_((zt - log).squeeze(1))
      squares[a:b].copy_((torch.log(torch.linalg_vector_norm(e, 2, [-1], True)) - log).mul_(2.0).squeeze(1))
      entropies[a:b].copy_((log - p.mul_(e).sum(-1, True) / s).squeeze(1))
      if grad:
        own.copy_(self.through_cap(e.mul_(torch.reciprocal(s).neg_()).scatter_add_(1, t, torch.ones_like(zt)), capped, cap))
      a = b
    if grad:
      made = self.head_gradient(z, w, g[i:i + m])
      if inverse != 1.0:
        made.mul_(inverse)
  return [logps, entropies, squares, hits, g]

# What head_scores says of K targets a row, [R * K], from logits that are made once: log-probabilities [R, K], entropies [R] and,
# with want_gradient, what head_choices_backward needs: d logit / d product [R, K] (the cap's slope over the temperature) and
# d log-sum-exp / d h [R, H].
def head_choices(self, h: Tensor, stored: Tensor, targets: Tensor, chunk: Tensor, want_gradient: Tensor, cap: Tensor, temperature: Tensor, best: Tensor) -> List[Tensor]:
  w = self.head_for(h, stored)
  n = h.size(0)
  step = min(int(chunk), n)
  inverse = 1.0 / float(temperature)
  grad = bool(want_gradient)
  kept = n if grad else 0
  all = targets.view([n, -1])
  raw = torch.empty([step, w.size(0)], dtype=h.dtype, device=h.device)
  part = self.rows_at_once(h, step)
  first = torch.empty([part, w.size(0)], dtype=6, device=h.device)
  second = torch.empty([part, w.size(0)], dtype=6, device=h.device)
  logps = torch.empty([n, all.size(1)], dtype=6, device=h.device)
  entropies = torch.empty([n], dtype=6, device=h.device)
  slopes = torch.empty([kept, all.size(1)], dtype=6, device=h.device)
  g = torch.empty([kept, h.size(1)], dtype=h.dtype, device=h.device)
  for i in range(0, n, step):
    m = min(step, n - i)
    z = self.head_logits(h[i:i + m], w, raw[:m])
    a = i
    while a < i + m:
      b = self.end_of_part(a, i + m, part)
      t = all[a:b]
      own = z[a - i:b - i]
      capped = self.soft_cap(own, cap)
      p = self.exact_logits(first[:b - a].copy_(capped), h[a:b], w, t, cap, int(best))
      if inverse != 1.0:
        p.mul_(inverse)
      e = second[:b - a]
      s = self.exponentials(p, e)
      log = torch.log(s)
      logps[a:b].copy_(p.gather(1, t) - log)
      entropies[a:b].copy_((log - p.mul_(e).sum(-1, True) / s).squeeze(1))
      if grad:
        p = e.mul_(torch.reciprocal(s))
        slopes[a:b].copy_(self.through_cap(torch.full_like(slopes[a:b], inverse), capped.gather(1, t).to(6), cap))
        own.copy_(self.through_cap(p, capped, cap))
      a = b
    if grad:
      made = self.head_gradient(z, w, g[i:i + m])
      if inverse != 1.0:
        made.mul_(inverse)
  return [logps, entropies, slopes, g]

# Gradient of sum(d * log-probabilities) of head_choices by h, [R, H] fp32; d [R * K].
def head_choices_backward(self, w: Tensor, targets: Tensor, slopes: Tensor, expected: Tensor, d: Tensor) -> Tensor:
  c = d.view(slopes.size())
  out = expected.to(6) * (-(c.sum(1, True)))
  c = c * slopes
  t = targets.view(slopes.size())
  step = max(1, 16777216 // (t.size(1) * w.size(1)))
  for i in range(0, t.size(0), step):
    chosen = torch.embedding(w, t[i:i + step]).to(6)
    out[i:i + step].add_(torch.bmm(c[i:i + step].unsqueeze(1), chosen).squeeze(1))
  return out

# KL divergence of a reference from the policy over the vocabulary, a chunk of rows at a time: KL(reference || policy) [R] and its
# unit gradient by the policy's hidden state [R, H] (empty without want_gradient). Both share the head.
def head_divergence(self, h: Tensor, reference: Tensor, stored: Tensor, chunk: Tensor, want_gradient: Tensor, cap: Tensor) -> List[Tensor]:
  w = self.head_for(h, stored)
  step = int(chunk)
  grad = bool(want_gradient)
  kls: List[Tensor] = []
  gradients: List[Tensor] = []
  for i in range(0, h.size(0), step):
    z = self.soft_cap(self.head_linear(h[i:i + step], w), cap)
    lp = torch.log_softmax(z.to(6), -1)
    lr = torch.log_softmax(self.soft_cap(self.head_linear(reference[i:i + step], w), cap).to(6), -1)
    pr = torch.exp(lr)
    kls.append(lr.sub_(lp).mul_(pr).sum(-1))
    if grad:
      gradients.append(self.head_matmul(self.through_cap(lp.exp_().sub_(pr), z, cap).to(h.dtype), w))
  if grad:
    g = torch.cat(gradients, 0)
  else:
    g = h[0:0]
  return [torch.cat(kls, 0), g]

# How far a student's next-token distribution q is from a teacher's p at each position, from logits [R, V] fp32: with m = (1 - beta) q +
# beta p the generalised Jensen-Shannon divergence beta KL(p | m) + (1 - beta) KL(q | m); with beta 0 KL(p | q), with beta 1 KL(q | p).
# With k > 0 over the teacher's k likeliest tokens and one outcome that stands for all others. Gives per position: the divergence, 1 where
# both have the same likeliest token, the student's entropy over the whole vocabulary at that temperature, and the gradient by the
# student's logits [R, V] (empty without want_gradient).
def teacher_divergence(self, student: Tensor, teacher: Tensor, beta: Tensor, k: Tensor, temperature: Tensor, want_gradient: Tensor) -> List[Tensor]:
  b = float(beta)
  inverse = 1.0 / float(temperature)
  top = int(k)
  zq = student.detach()
  zp = teacher.detach()
  same = (zq.argmax(-1) == zp.argmax(-1)).to(6)
  whole = torch.log_softmax(zq * inverse if inverse != 1.0 else zq, -1)
  lp = torch.log_softmax(zp * inverse if inverse != 1.0 else zp, -1)
  lq = whole
  kept = torch.topk(zp, top, -1)[1]
  if top > 0:
    low = float('-inf')
    lq = torch.cat([whole.gather(1, kept), torch.logsumexp(whole.scatter(1, kept, low), -1, True)], 1)
    lp = torch.cat([lp.gather(1, kept), torch.logsumexp(lp.scatter(1, kept, low), -1, True)], 1)
  r = lp - lq
  q = torch.exp(lq)
  entropies = -((q * lq if top == 0 else torch.exp(whole).mul_(whole)).sum(-1))
  if b == 0.0:
    p = lp.exp_()
    d = (r * p).sum(-1)
    g = q.sub_(p)
  elif b == 1.0:
    d = -((r * q).sum(-1))
    g = r.neg_().sub_(d.unsqueeze(1)).mul_(q)
  else:
    u = torch.logaddexp(r + float(torch.log(beta)), torch.full_like(r[0:1, 0:1], float(torch.log1p(-beta))))
    own = -((u * q).sum(-1))
    d = b * (r.sub_(u).mul_(lp.exp_()).sum(-1)) + (1.0 - b) * own
    g = u.add_(own.unsqueeze(1)).mul_(q).mul_(b - 1.0)
  if not bool(want_gradient):
    return [d, same, entropies, zq[0:0]]
  if top > 0:
    shares = torch.exp(whole - lq[:, top:])
    g = shares.mul_(g[:, top:]).scatter_(1, kept, g[:, :top])
  return [d, same, entropies, g.mul_(inverse) if inverse != 1.0 else g]

# Gradient through the head where its weight trains: recomputes a chunk's logits; adds to dw [V, H] (fp32), gives dh [R, H].
def head_backward(self, h: Tensor, w: Tensor, targets: Tensor, d: Tensor, dw: Tensor, chunk: Tensor, cap: Tensor, temperature: Tensor) -> Tensor:
  step = int(chunk)
  inverse = 1.0 / float(temperature)
  out: List[Tensor] = []
  for i in range(0, h.size(0), step):
    t = targets[i:i + step].unsqueeze(1)
    hc = h[i:i + step]
    z = self.soft_cap(torch.linear(hc, w), cap)
    g = torch.softmax(z.to(6) * inverse if inverse != 1.0 else z.to(6), -1).neg_().scatter_add_(1, t, torch.ones_like(t, dtype=6))
    g = self.through_cap(g.mul_(d[i:i + step].unsqueeze(1) * inverse), z, cap).to(w.dtype)
    out.append(torch.matmul(g, w))
    dw.add_(torch.matmul(g.t(), hc))
  return torch.cat(out, 0)

# Gradient of sum(d * entropy) through the head: recomputes a chunk's logits; gives dh [R, H], adds to dw [V, H] (fp32) where it
# is a matrix.
def head_entropy_backward(self, h: Tensor, stored: Tensor, d: Tensor, dw: Tensor, chunk: Tensor, cap: Tensor, temperature: Tensor) -> Tensor:
  w = self.head_for(h, stored)
  step = int(chunk)
  inverse = 1.0 / float(temperature)
  out: List[Tensor] = []
  for i in range(0, h.size(0), step):
    hc = h[i:i + step]
    z = self.soft_cap(self.head_linear(hc, w).to(6), cap)
    logp = torch.log_softmax(z * inverse, -1)
    p = torch.exp(logp)
    entropy = -((p * logp).sum(-1, True))
    g = p * (logp + entropy) * (d[i:i + step].unsqueeze(1) * (-inverse))
    g = self.through_cap(g, z, cap).to(h.dtype)
    out.append(self.head_matmul(g, w))
    if dw.dim() == 2:
      dw.add_(torch.matmul(g.t(), hc))
  return torch.cat(out, 0)

# Rows of the hidden states' gradient: positions may repeat (a prompt's last token predicts each response's first).
def scatter_hidden(self, shape_of: Tensor, rows: Tensor, unit: Tensor, d: Tensor) -> Tensor:
  g = torch.zeros([shape_of.size(0), shape_of.size(1)], dtype=6, device=shape_of.device)
  g.index_add_(0, rows, unit.to(6) * d.unsqueeze(1))
  return g.to(shape_of.dtype)

def logits(self, h: Tensor, w: Tensor) -> Tensor:
  return torch.linear(h, w).to(6)

# Probabilities of the next tokens [R, V] fp32 at a temperature.
def token_probabilities(self, z: Tensor, temperature: Tensor) -> Tensor:
  t = float(temperature)
  if t != 1.0:
    z = z / t
  return torch.softmax(z, -1)

# For each row of p [R, V] the first token at which the running sum in float64 passes a share of the row's total, points [R] from 0 to
# 1; -1 where a row holds NaN. A share that rounds up to the total gives the last token that adds to it. Blocks of tokens are summed
# first, and only the tokens of the block where the sum passes one by one.
def draw_tokens(self, p: Tensor, points: Tensor) -> Tensor:
  r = p.size(0)
  v = p.size(1)
  size = 256
  whole = v // size
  tail = p[:, whole * size:].sum([1], True, dtype=7)
  blocks = torch.cumsum(torch.cat([p[:, 0:whole * size].view([r, whole, size]).sum([2], dtype=7), tail], 1), 1)
  total = blocks[:, -1:].contiguous()
  point = points.to(p.device).unsqueeze(1) * total
  passed = torch.searchsorted(blocks, point, right=True)
  block = torch.minimum(passed, torch.searchsorted(blocks, total, right=False)).clamp_max(whole)
  point = point - torch.constant_pad_nd(blocks, [1, 0]).gather(1, block)
  ids = block * size + torch.arange(size, device=p.device)
  sums = torch.cumsum(p.gather(1, ids.clamp_max(v - 1)).to(7).masked_fill_(ids >= v, 0.0), 1)
  past = torch.searchsorted(sums, point, right=True)
  last = torch.searchsorted(sums, sums[:, -1:].contiguous(), right=False)
  return torch.where(torch.isnan(total), -1, block * size + torch.minimum(past, last)).squeeze(1)

# What head_scores says of logits [R, V] with K targets a row, row after row [R * K], the unit gradients left empty; hits are of the first.
def logit_scores(self, z: Tensor, targets: Tensor) -> List[Tensor]:
  p = z.to(6, False, True)
  e = torch.empty_like(p)
  s = self.exponentials(p, e)
  log = torch.log(s)
  zt = p.gather(1, targets.view([z.size(0), -1]))
  hits = (zt[:, 0:1] >= 0.0).to(6).squeeze(1)
  squares = (torch.log(torch.linalg_vector_norm(e, 2, [-1], True)) - log).mul_(2.0).squeeze(1)
  return [zt - log, (log - p.mul_(e).sum(-1, True) / s).squeeze(1), squares, hits, z[0:0]]

# The k likeliest tokens of each row of logits [R, V]: ids, log-probabilities, logits, each [R, k], the likeliest first.
def likeliest_logits(self, z: Tensor, k: Tensor) -> List[Tensor]:
  logp = self.log_shares(z.to(6))
  best, ids = torch.topk(logp, int(k), -1)
  return [ids, best, z.to(6).gather(1, ids)]

# Entropies [R] of the next-token distributions, to be differentiated.
def logit_entropies(self, z: Tensor) -> Tensor:
  logp = torch.log_softmax(z.to(6), -1)
  return -((torch.exp(logp) * logp).sum(-1))

# Log-probabilities [R * K] of the targets [R * K], to be differentiated.
def target_log_probs(self, z: Tensor, targets: Tensor) -> Tensor:
  return torch.log_softmax(z.to(6), -1).gather(1, targets.view([z.size(0), -1])).view([-1])

# ---- head of scores ----

# Scores [R, L] of rows [R, H] in fp32. w [L, H], b [L].
def row_scores(self, h: Tensor, w: Tensor, b: Tensor) -> Tensor:
  return torch.addmm(b.to(6), h.to(6), w.to(6).t(), beta=1, alpha=1)

# Their gradient d [R, L]: added to dw [L, H] and db [L] (fp32); gives dh [R, H] fp32.
def row_scores_backward(self, h: Tensor, w: Tensor, d: Tensor, dw: Tensor, db: Tensor) -> Tensor:
  dw.add_(torch.matmul(d.t(), h.to(6)))
  db.add_(d.sum(0))
  return torch.matmul(d, w.to(6))

# ---- optimizer ----

def zero_all(self, xs: List[Tensor]) -> Tensor:
  torch._foreach_zero_(xs)
  return xs[0]

def add_all(self, sums: List[Tensor], xs: List[Tensor]) -> Tensor:
  torch._foreach_add_(sums, xs, alpha=1)
  return sums[0]

def global_norm(self, grads: List[Tensor]) -> Tensor:
  norms = torch._foreach_norm(grads, 2)
  return torch.linalg_vector_norm(torch.stack(norms).to(7), 2)

# Whether all numbers are finite and no second moment is below 0. The largest magnitude and the least number pass NaN on.
def all_sound(self, params: List[Tensor], first: List[Tensor], second: List[Tensor]) -> Tensor:
  largest = torch._foreach_norm(params, float("inf"))
  largest += torch._foreach_norm(first, float("inf"))
  sound = torch.isfinite(torch.stack(largest)).all()
  for x in second:
    least, most = torch.aminmax(x)
    sound = torch.logical_and(sound, torch.logical_and(least >= 0, torch.isfinite(most)))
  return sound

def scale_all(self, xs: List[Tensor], factor: Tensor) -> Tensor:
  torch._foreach_mul_(xs, float(factor))
  return factor

# Decoupled AdamW over all parameters: numbers = [step from 1, learning rate, beta1, beta2, weight decay, epsilon] (float64).
def adamw(self, params: List[Tensor], grads: List[Tensor], first: List[Tensor], second: List[Tensor], numbers: Tensor) -> Tensor:
  n = annotate(List[float], numbers.tolist())
  lr = n[1]
  b1 = n[2]
  b2 = n[3]
  if n[4] != 0.0:
    torch._foreach_mul_(params, 1.0 - lr * n[4])
  torch._foreach_mul_(first, b1)
  torch._foreach_add_(first, grads, alpha=1.0 - b1)
  torch._foreach_mul_(second, b2)
  torch._foreach_addcmul_(second, grads, grads, 1.0 - b2)
  c1 = 1.0 - b1 ** n[0]
  c2 = 1.0 - b2 ** n[0]
  denominators = torch._foreach_sqrt(second)
  torch._foreach_div_(denominators, c2 ** 0.5)
  torch._foreach_add_(denominators, n[5])
  torch._foreach_addcdiv_(params, first, denominators, -lr / c1)
  return numbers

# ---- generation ----
# A layer's cache: keys [S, kv heads, L, D] and values [S, kv heads, L, E], S slots of L places; kept in the compute dtype.

def new_cache(self, shape: Tensor, like: Tensor) -> Tensor:
  s = annotate(List[int], shape.tolist())
  return torch.zeros(s, dtype=like.dtype, device=like.device)

# The same cache with more places.
def cache_widen(self, cache: Tensor, places: Tensor) -> Tensor:
  return torch.constant_pad_nd(cache, [0, 0, 0, int(places) - cache.size(2)])

# The first places of a cache, side by side.
def cache_narrow(self, cache: Tensor, places: Tensor) -> Tensor:
  return cache[:, :, 0:int(places)].contiguous()

# Puts row rows[i] of k and v [kv heads, N, D] at place places[i] of slot slots[i].
def cache_store(self, keys: Tensor, values: Tensor, k: Tensor, v: Tensor, rows: Tensor, slots: Tensor, places: Tensor) -> Tensor:
  at: List[Optional[Tensor]] = [slots, places]
  torch.index_put_(keys.transpose(1, 2), at, k.index_select(1, rows).transpose(0, 1))
  torch.index_put_(values.transpose(1, 2), at, v.index_select(1, rows).transpose(0, 1))
  return places

# Moves the first places of a slot to another: numbers = [from, to, places].
def cache_move(self, cache: Tensor, numbers: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  cache[n[1], :, 0:n[2]].copy_(cache[n[0], :, 0:n[2]])
  return numbers

# Additive mask [B, 1, 1, width]: a row sees the places up to its own. numbers = [width, window, chunk], 0: no such limit.
def cache_mask(self, places: Tensor, numbers: Tensor, like: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  w = torch.arange(n[0], device=places.device).unsqueeze(0)
  p = places.unsqueeze(1)
  hidden = w > p
  if n[1] > 0:
    hidden = hidden.logical_or(w <= p - n[1])
  if n[2] > 0:
    hidden = hidden.logical_or(w < p // n[2] * n[2])
  mask = torch.zeros([places.size(0), n[0]], dtype=like.dtype, device=like.device)
  return mask.masked_fill_(hidden, float('-inf')).unsqueeze(1).unsqueeze(1)

# One token of each of the first B slots attends to its slot. q [B * kv heads, group, D], mask of cache_mask, as wide as the slots; gives
# [B * kv heads, group, E]. The cache is read where it lies: the CPU's library copies one of which it would leave out places.
def mix_slots(self, q: Tensor, keys: Tensor, values: Tensor, mask: Tensor, scaling: float, cap: float) -> Tensor:
  b = mask.size(0)
  n = q.size(0)
  w = keys.size(2)
  k = keys[0:b].view([n, w, keys.size(3)])
  v = values[0:b].view([n, w, values.size(3)])
  scores = torch.bmm(q, k.transpose(1, 2)).mul_(scaling)
  if cap > 0.0:
    scores = torch.tanh(scores / cap) * cap
  scores = scores.view([b, keys.size(1), -1, w]).add_(mask).view([n, -1, w])
  return torch.bmm(torch.softmax(scores, -1), v)

# The same for q [heads, B, D]; gives [heads, B, E].
def cache_attend(self, q: Tensor, keys: Tensor, values: Tensor, mask: Tensor, scaling: Tensor, score_cap: Tensor) -> Tensor:
  b = q.size(1)
  qs = q.transpose(0, 1).reshape([b * keys.size(1), -1, q.size(2)])
  mixed = self.mix_slots(qs, keys, values, mask, float(scaling), float(score_cap))
  return mixed.view([b, -1, mixed.size(2)]).transpose(0, 1)

# ---- a decoding step: all layers of one shape in one call, so that what lies between the products costs no calls of its own ----

# The layers' tensors ws are those of weights, at the places that which says. They are for each layer 4 norms (attention, mlp, queries,
# keys) and 7 products (q, k, v, output, gate, up, down) of 4 tensors each: weight, bias, a and b of a low-rank pair; those that it doesn't
# have are empty. Where k, v and up have no weight, that of q has q, k and v, that of gate both, and their biases too. numbers, 13 a
# layer: the norms' epsilons, the scaling of scores, their cap, the pairs' scalings.
# choices, 2 a layer: which of shared is its mask, and which its cosine, the sine after it; -1: positions are not put in. All layers have
# as many key heads, as wide. x [B, H], one token of each of the first slots, at places [B].
def step_layers(self, x: Tensor, weights: List[Tensor], keys: List[Tensor], values: List[Tensor], shared: List[Tensor], which: Tensor, numbers: Tensor, choices: Tensor, places: Tensor) -> Tensor:
  ws = annotate(List[Tensor], [])
  for j in annotate(List[int], which.tolist()):
    ws.append(weights[j])
  f = annotate(List[float], numbers.tolist())
  c = annotate(List[int], choices.tolist())
  heads = torch.arange(x.size(0) * keys[0].size(1), device=x.device).view([x.size(0), -1])
  rows = (heads * keys[0].size(2) + places.unsqueeze(1)).view([-1])
  turns = self.step_turns(shared, c, keys[0].size(3))
  for l in range(len(keys)):
    i = 32 * l
    n = 13 * l
    h = self.step_norm(x, ws[i], f[n])
    mixed = self.step_attention(h, ws, i, f, n, keys[l], values[l], shared, turns, c[2 * l], c[2 * l + 1], rows)
    x = self.step_product(mixed, ws, i + 16, f[n + 9]).add_(x)
    h = self.step_norm(x, ws[i + 1], f[n + 1])
    half = ws[i + 28].size(1)
    parts = self.step_products(h, ws, i + 20, f, n + 10, [half, half]).split_with_sizes([half, half], 1)
    gate = parts[0] if half % 64 == 0 else parts[0].contiguous() # so that rows' ends are not rounded in another way
    x = self.step_product(torch.silu(gate).mul_(parts[1]), ws, i + 28, f[n + 12]).add_(x)
  return x

def step_attention(self, h: Tensor, ws: List[Tensor], i: int, f: List[float], n: int, keys: Tensor, values: Tensor, shared: List[Tensor], turns: List[Tensor], mask: int, rotation: int, rows: Tensor) -> Tensor:
  b = h.size(0)
  g = keys.size(1)
  d = keys.size(3)
  own = ws[i + 16].size(1) // values.size(3) * d
  sizes = [own, g * d, g * values.size(3)]
  y = self.step_products(h, ws, i + 4, f, n + 6, sizes)
  qk = y[:, 0:own + g * d].view([b, -1, d])
  if ws[i + 2].numel() > 0:
    parts = qk.split_with_sizes([own // d, g], 1)
    qk = torch.cat([self.rms_rows(parts[0], ws[i + 2], f[n + 2]), self.rms_rows(parts[1], ws[i + 3], f[n + 3])], 1)
  if rotation >= 0:
    if turns[rotation].numel() > 0:
      turned = torch.roll(qk, [d // 2], [-1])
      qk = qk.mul_(turns[rotation]).addcmul_(turned, turns[rotation + 1])
    else:
      qk = self.rope(qk, shared[rotation].unsqueeze(1), shared[rotation + 1].unsqueeze(1))
  keys.view([-1, d]).index_copy_(0, rows, qk[:, own // d:].reshape([-1, d]))
  values.view([-1, values.size(3)]).index_copy_(0, rows, y[:, own + g * d:].reshape([-1, values.size(3)]))
  qs = qk[:, 0:own // d].reshape([b * g, -1, d])
  return self.mix_slots(qs, keys, values, shared[mask], f[n + 4], f[n + 5]).view([b, -1])

# As the cosines and sines of shared, for heads [B, heads, width] as a whole: [cos, cos] and [-sin, sin]; empty where less is rotated.
def step_turns(self, shared: List[Tensor], choices: List[int], width: int) -> List[Tensor]:
  turns = annotate(List[Tensor], [])
  for t in shared:
    turns.append(t[0:0])
  for l in range(len(choices) // 2):
    r = choices[2 * l + 1]
    if r >= 0:
      if turns[r].numel() == 0 and 2 * shared[r].size(1) == width:
        turns[r] = torch.cat([shared[r], shared[r]], 1).unsqueeze(1)
        turns[r + 1] = torch.cat([-shared[r + 1], shared[r + 1]], 1).unsqueeze(1)
  return turns

# The numbers of rms_rows; with few rows it is the calls that cost, not the passes over x.
def step_norm(self, x: Tensor, weight: Tensor, eps: float) -> Tensor:
  n = torch.linalg_vector_norm(x, 2, [-1], True, dtype=6)
  r = n.mul_(n).mul_(1.0 / x.size(-1)).add_(eps).rsqrt_()
  return (x * r).to(x.dtype).mul_(weight)

def step_product(self, x: Tensor, ws: List[Tensor], i: int, scaling: float) -> Tensor:
  bias: Optional[Tensor] = None
  if ws[i + 1].numel() > 0:
    bias = ws[i + 1]
  y = self.few_rows(x, ws[i], bias)
  if ws[i + 2].numel() > 0:
    y = y.addmm_(torch.linear(x, ws[i + 2]), ws[i + 3].t(), beta=1, alpha=scaling)
  return y

# Several products of one x, of these sizes, side by side.
def step_products(self, x: Tensor, ws: List[Tensor], i: int, f: List[float], n: int, sizes: List[int]) -> Tensor:
  if ws[i + 4].numel() > 0:
    pieces = annotate(List[Tensor], [])
    for j in range(len(sizes)):
      pieces.append(self.step_product(x, ws, i + 4 * j, f[n + j]))
    return torch.cat(pieces, 1)
  bias: Optional[Tensor] = None
  if ws[i + 1].numel() > 0:
    bias = ws[i + 1]
  y = self.few_rows(x, ws[i], bias)
  parts = y.split_with_sizes(sizes, 1)
  for j in range(len(sizes)):
    k = i + 4 * j
    if ws[k + 2].numel() > 0:
      parts[j].addmm_(torch.linear(x, ws[k + 2]), ws[k + 3].t(), beta=1, alpha=f[n + j])
  return y

# Tensors one after the other, in one.
def joined(self, tensors: List[Tensor]) -> Tensor:
  return torch.cat(tensors)

# Few rows times a weight as few_rows reads it, in fp32.
def few_rows_wide(self, x: Tensor, w: Tensor) -> Tensor:
  return self.few_rows(x, w, None).to(6)
