# ---- a queue's passes: rows of many answers, some with one token and some with a block of their prompt, over one pool of places ----
# Places of a layer: keys [kv heads, P, D] and values [kv heads, P, E]; an answer has a range of them. Each span of rows attends to its own
# range alone, by products whose shapes follow from its own positions, so that no other row changes a bit of it.

# Memory that is not touched before it is written.
def pool_room(self, shape: Tensor, like: Tensor) -> Tensor:
  return torch.empty(annotate(List[int], shape.tolist()), dtype=like.dtype, device=like.device)

# Copies places to others that do not overlap, in all layers: numbers = [from, to, places].
def pool_copy(self, pool: Tensor, numbers: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  pool[:, :, n[1]:n[1] + n[2]].copy_(pool[:, :, n[0]:n[0] + n[2]])
  return numbers

# Rows of q [N, heads, D] attend by spans z, from place i on: first row, end row, start of the range (-1: rows that
# fill up), position of the first row. extent and size: 0 all before a row is seen, 1 so many, itself counted, 2 its chunk of so many. In
# fp32; gives [N, heads * E] in the dtype of q. A span lies in one block of positions cut [0] (positions in a block). Its products are
# those of the whole block over all places up to the block's end, what a row doesn't see hidden; a row by itself has products of so few
# queries a key head as cut [1] says, for which a trial found the bits of the whole block's. shaping: the scaling of scores and their cap;
# scores are scaled within their product, as a training's forward scales them.
def span_mix(self, q: Tensor, keys: Tensor, values: Tensor, z: List[int], i: int, end: int, extent: int, size: int, shaping: List[float], cut: List[int]) -> Tensor:
  g = keys.size(0)
  d = q.size(2)
  e = values.size(2)
  block = cut[0]
  kt = keys.transpose(1, 2)
  wide = q.to(6).contiguous().view([q.size(0), g, -1, d])
  heads = wide.size(2)
  few = max(cut[1], heads)
  rows = torch.constant_pad_nd(wide, [0, 0, 0, few - heads]) if few > heads else wide
  none = torch.zeros([1], dtype=6, device=q.device)
  pieces = annotate(List[Tensor], [])
  while i < end:
    r, m, start, p = z[i], z[i + 1] - z[i], z[i + 2], z[i + 3]
    i += 4
    if start < 0:
      pieces.append(torch.zeros([m, g, heads, e], dtype=6, device=q.device))
      continue
    begin = p // block * block
    if p == begin and m < block:
      torch.narrow(values, 1, start + p + m, block - m).zero_() # what lay there could be no number, which a share of 0 doesn't hide
    first = 0
    if extent == 1:
      first = max(0, begin - size + 1)
    elif extent == 2:
      first = begin // size * size
    n = begin + block - first
    k = torch.narrow(kt, 2, start + first, n).to(6)
    v = torch.narrow(values, 1, start + first, n).to(6)
    if m == 1:
      s = self.shaped_scores(rows[r], k, none, shaping)
      seen = p + 1 - first
      if seen < n:
        torch.narrow(s, 2, seen, n - seen).fill_(float('-inf'))
      unseen = 0
      if extent == 1:
        unseen = seen - size
      elif extent == 2:
        unseen = p // size * size - first
      if unseen > 0:
        torch.narrow(s, 2, 0, unseen).fill_(float('-inf'))
      pieces.append(torch.narrow(torch.bmm(torch.softmax(s, -1), v), 1, 0, heads).unsqueeze(0))
    else:
      own = torch.constant_pad_nd(wide[r:r + m], [0, 0, 0, 0, 0, 0, p - begin, begin + block - p - m])
      s = self.shaped_scores(own.permute([1, 2, 0, 3]).reshape([g, -1, d]), k, none, shaping)
      t = torch.arange(begin, begin + block, device=q.device).unsqueeze(1)
      at = torch.arange(first, begin + block, device=q.device)
      hidden = at > t
      if extent == 1:
        hidden = hidden.logical_or(at <= t - size)
      elif extent == 2:
        hidden = hidden.logical_or(at < t // size * size)
      s = s.view([-1, block, n]).masked_fill_(hidden, float('-inf')).view([g, -1, n])
      o = torch.bmm(torch.softmax(s, -1), v).view([g, -1, block, e])
      pieces.append(torch.narrow(o, 2, p - begin, m).permute([2, 0, 1, 3]))
  return torch.cat(pieces).view([q.size(0), -1]).to(q.dtype)

# none [1]: nothing to add, which a product that scales asks for.
def shaped_scores(self, q: Tensor, k: Tensor, none: Tensor, shaping: List[float]) -> Tensor:
  f, cap = shaping[0], shaping[1]
  if cap > 0.0:
    return torch.tanh(torch.bmm(q, k) * (f / cap)) * cap
  return torch.baddbmm(none, q, k, beta=0, alpha=f)

# Numbers between -1 and 1 for a trial, of the dtype of like: another angle gives others.
def uneven(self, like: Tensor, shape: List[int], angle: float) -> Tensor:
  n = 1
  for size in shape:
    n *= size
  return torch.sin(torch.arange(n, device=like.device).to(6).mul_(angle).square_()).to(like.dtype).view(shape)

# Whether rows of a block that begins at a position attend by themselves, in products of so many queries a key head, as they do together;
# numbers = [key heads, heads, D, E, extent, size, positions in a block, where it begins, queries].
def mixes_alike(self, like: Tensor, numbers: Tensor, scaling: Tensor, score_cap: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  shaping = [float(scaling), float(score_cap)]
  block, begin = n[6], n[7]
  places = begin + block
  k = self.uneven(like, [n[0], places, n[2]], 0.37)
  v = self.uneven(like, [n[0], places, n[3]], 0.73)
  q = self.uneven(like, [block, n[1], n[2]], 0.59)
  whole = self.span_mix(q, k, v, [0, block, 0, begin], 0, 4, n[4], n[5], shaping, [block, 0])
  for j in range(block):
    r = block - 1 - j # the first row comes last, as it empties the places after it
    own = self.span_mix(q[r:r + 1], k, v, [0, 1, 0, begin + r], 0, 4, n[4], n[5], shaping, [block, n[8]])
    if not bool((own == whole[r:r + 1]).all()):
      return torch.zeros([], dtype=11)
  return torch.ones([], dtype=11)

# One layer's attention of a pass. q [heads, N, D], k [kv heads, N, D], v [kv heads, N, E], at [N] the rows' places in the pool, numbers =
# [layer of the pool, extent, size, cut of span_mix], spans [4 S]; gives [heads, N, E].
def pool_attend(self, q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, at: Tensor, numbers: Tensor, spans: Tensor, scaling: Tensor, score_cap: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  z = annotate(List[int], spans.tolist())
  kl = keys[n[0]]
  vl = values[n[0]]
  kl.index_copy_(1, at, k)
  vl.index_copy_(1, at, v)
  qs = q.transpose(0, 1).contiguous()
  mixed = self.span_mix(qs, kl, vl, z, 0, len(z), n[1], n[2], [float(scaling), float(score_cap)], n[3:5])
  return mixed.view([q.size(1), q.size(0), -1]).transpose(0, 1)

# All layers of the commonest shape over the rows x [N, H] of a pass. weights, which and numbers as step_layers has them, without pairs;
# choices, 3 a layer: extent and size of what a row sees, which of shared is the layer's cosine, the sine after it; -1: positions are not
# put in. pairs: for each adapter 11 tensors: for each of the inputs (of q k v, of output, of gate up, of down) a [layers, ranks, in], the
# ranks of its products one after the other, then for each of the 7 products b [layers, out, rank]; without elements where the adapter
# leaves the products as they are. scalings: 7 a layer, layer after layer, adapter after adapter. plan = [layers, spans, segments, the cut
# of span_mix, then 4 for each span, then 4 for each segment of rows that one adapter has: first row, end row, which adapter, rows of its products].
def queue_layers(self, x: Tensor, weights: List[Tensor], pairs: List[Tensor], shared: List[Tensor], which: Tensor, numbers: Tensor, choices: Tensor, scalings: Tensor, keys: Tensor, values: Tensor, at: Tensor, plan: Tensor) -> Tensor:
  ws = annotate(List[Tensor], [])
  for j in annotate(List[int], which.tolist()):
    ws.append(weights[j])
  f = annotate(List[float], numbers.tolist())
  c = annotate(List[int], choices.tolist())
  t = annotate(List[float], scalings.tolist())
  z = annotate(List[int], plan.tolist())
  turned = annotate(List[int], [])
  for l in range(len(c) // 3):
    turned += [0, c[3 * l + 2]]
  turns = self.step_turns(shared, turned, keys.size(3))
  b = x.size(0)
  g = keys.size(1)
  d = keys.size(3)
  e = values.size(3)
  for l in range(z[0]):
    i = 32 * l
    n = 13 * l
    own = ws[i + 16].size(1) // e * d
    sizes = [own, g * d, g * e]
    h = self.step_norm(x, ws[i], f[n])
    y = self.step_products(h, ws, i + 4, f, n + 6, sizes)
    y = self.add_pairs(y, h, pairs, t, l, 0, 0, sizes, z)
    qk = y[:, 0:own + g * d].view([b, -1, d])
    if ws[i + 2].numel() > 0:
      parts = qk.split_with_sizes([own // d, g], 1)
      qk = torch.cat([self.rms_rows(parts[0], ws[i + 2], f[n + 2]), self.rms_rows(parts[1], ws[i + 3], f[n + 3])], 1)
    r = c[3 * l + 2]
    if r >= 0:
      if turns[r].numel() > 0:
        qk = (qk * turns[r]).addcmul_(torch.roll(qk, [d // 2], [-1]), turns[r + 1])
      else:
        qk = self.rope(qk, shared[r].unsqueeze(1), shared[r + 1].unsqueeze(1))
    kl = keys[l]
    vl = values[l]
    kl.index_copy_(1, at, qk[:, own // d:].transpose(0, 1))
    vl.index_copy_(1, at, y[:, own + g * d:].reshape([b, g, e]).transpose(0, 1))
    mixed = self.span_mix(qk[:, 0:own // d], kl, vl, z, 5, 5 + 4 * z[1], c[3 * l], c[3 * l + 1], [f[n + 4], f[n + 5]], z[3:5])
    o = self.step_product(mixed, ws, i + 16, 0.0)
    x = self.add_pairs(o, mixed, pairs, t, l, 1, 3, [x.size(1)], z).add_(x)
    h = self.step_norm(x, ws[i + 1], f[n + 1])
    half = ws[i + 28].size(1)
    u = self.step_products(h, ws, i + 20, f, n + 10, [half, half])
    halves = self.add_pairs(u, h, pairs, t, l, 2, 4, [half, half], z).split_with_sizes([half, half], 1)
    s = torch.silu(halves[0].contiguous()).mul_(halves[1])
    o = self.step_product(s, ws, i + 28, 0.0)
    x = self.add_pairs(o, s, pairs, t, l, 3, 6, [x.size(1)], z).add_(x)
  return x

# Adds what adapters add to products of x that lie side by side in y: their input is the one of this number, the first of them the product
# of this number. An adapter's products are added over a window of as many rows as the plan says, others' rows or none's beside its own, and
# its own are kept; they are added within the product, as a training's forward adds them.
def add_pairs(self, y: Tensor, x: Tensor, pairs: List[Tensor], scalings: List[float], layer: int, input: int, product: int, sizes: List[int], z: List[int]) -> Tensor:
  i = 5 + 4 * z[1]
  for j in range(z[2]):
    r, end, adapter, n = z[i], z[i + 1], z[i + 2], z[i + 3]
    i += 4
    a = pairs[11 * adapter + input]
    if a.numel() > 0:
      first = min(r, x.size(0) - n)
      thin = torch.linear(torch.narrow(x, 0, first, n), a[layer])
      column = 0
      rank = 0
      for k in range(len(sizes)):
        b = pairs[11 * adapter + 4 + product + k]
        if b.numel() > 0:
          f = scalings[7 * (adapter * a.size(0) + layer) + product + k]
          self.add_window(torch.narrow(y, 1, column, sizes[k]), torch.narrow(thin, 1, rank, b.size(2)), b[layer], f, [r, end, first])
          rank += b.size(2)
        column += sizes[k]
  return y

# Adds f * thin b^T to rows z[0] to z[1] of y; the window's first row is z[2].
def add_window(self, y: Tensor, thin: Tensor, b: Tensor, f: float, z: List[int]) -> Tensor:
  window = torch.narrow(y, 0, z[2], thin.size(0)).clone().contiguous()
  window.addmm_(thin, b.t(), beta=1, alpha=f)
  torch.narrow(y, 0, z[0], z[1] - z[0]).copy_(torch.narrow(window, 0, z[0] - z[2], z[1] - z[0]))
  return y

# Adds what an adapter adds to the head's products y [R, V] of h [R, H]: numbers = [first row, end row, rows of its products].
def add_head_pair(self, y: Tensor, h: Tensor, a: Tensor, b: Tensor, scaling: Tensor, numbers: Tensor) -> Tensor:
  n = annotate(List[int], numbers.tolist())
  first = min(n[0], h.size(0) - n[2])
  return self.add_window(y, torch.linear(torch.narrow(h, 0, first, n[2]), a), b, float(scaling), [n[0], n[1], first])

# The likeliest token of each row [R, V], the first of equal ones, and its score.
def likeliest(self, z: Tensor) -> List[Tensor]:
  best = torch.max(z, 1)
  return [best[0], best[1]]

# Log-probabilities of the tokens targets [R * K] after rows of scores z [R, V], and the likeliest so many of each row.
def told_scores(self, z: Tensor, targets: Tensor, count: Tensor) -> List[Tensor]:
  logp = self.log_shares(z.to(6))
  top = torch.topk(logp, int(count))
  return [logp.gather(1, targets.view([z.size(0), -1])), top[0], top[1]]

# Whether what a pair with such a b [out, rank] or [L, out, rank], scaled by a number, adds to products has the same bits with so many rows
# as with the most, for each number of rows. A pair that nobody trained yet is zero, so that the numbers are made up; what they are added
# to cancels them, so that roundings are left.
def windows_alike(self, like: Tensor, widths: Tensor, scaling: Tensor) -> Tensor:
  f = float(scaling)
  counts = annotate(List[int], widths.tolist())
  b = self.uneven(like, [like.size(-2), like.size(-1)], 0.37)
  x = self.uneven(like, [max(counts), like.size(-1)], 0.59)
  y = torch.linear(x, b).mul_(-f)
  whole = self.add_window(y.clone(), x, b, f, [0, x.size(0), 0])
  alike = annotate(List[Tensor], [])
  for n in counts:
    alike.append((self.add_window(y[0:n].clone(), x[0:n], b, f, [0, n, 0]) == whole[0:n]).all().reshape([1]))
  return torch.cat(alike).to(6)

# Whether products of w [out, in], or of such as lie in [L, out, in], with so many rows give a row the bits that they give it among the
# most rows, for each number of rows. The two halves of a row cancel, so that what is left is the rounding of partial sums: where these
# are taken in another order, it shows. rows: for about so many the weight is laid where that matters.
# A weight that lies turned round is tried so.
def widths_alike(self, weight: Tensor, widths: Tensor, rows: Tensor) -> Tensor:
  w = weight
  if weight.dim() == 3:
    w = self.uneven(weight, [weight.size(1), weight.size(2)], 0.37)
  counts = annotate(List[int], widths.tolist())
  half = w.size(1) // 2
  own = torch.remainder(torch.arange(max(counts), device=w.device), w.size(0))
  a = w.index_select(0, own)[:, 0:half]
  x = torch.cat([a, -a], 1)
  twice = torch.cat([w[:, 0:half], w[:, 0:half]], 1)
  if w.stride(1) > 1:
    twice = twice.t().contiguous().t()
  twice = self.laid(twice, int(rows))
  whole = self.few_rows(x, twice, None)
  alike = annotate(List[Tensor], [])
  for n in counts:
    alike.append((self.few_rows(x[0:n], twice, None) == whole[0:n]).all().reshape([1]))
  return torch.cat(alike).to(6)
