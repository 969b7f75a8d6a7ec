# A linear layer on few rows; its weight was arranged for them by the CPU's library (oneDNN), which libtorch may lack.
def few_rows(self, x: Tensor, w: Tensor, bias: Optional[Tensor]) -> Tensor:
  return ops.mkldnn._linear_pointwise(x, w, bias, "none", annotate(List[Optional[number]], []), "")

# A weight as few_rows reads it, for about so many rows.
def laid(self, w: Tensor, rows: int) -> Tensor:
  return ops.mkldnn._reorder_linear_weight(w, rows)

def arrange(self, w: Tensor, rows: Tensor) -> Tensor:
  return self.laid(w, int(rows))

# Whether products with one arranged weight give the bits of products with the weights themselves, for weights of these sizes. The two
# halves of a row cancel, so that what is left is the rounding of partial sums: where these are taken in another order, it shows.
def rounds_alike(self, ws: List[Tensor], rows: Tensor) -> Tensor:
  half = ws[0].size(1) // 2
  n = min(int(rows), ws[0].size(0))
  a = ws[0][0:n, 0:half]
  x = torch.cat([a, -a], 1)
  twice = annotate(List[Tensor], [])
  for w in ws:
    twice.append(torch.cat([w[:, 0:half], w[:, 0:half]], 1))
  arranged = self.arrange(torch.cat(twice), rows)
  alike = torch.ones([], dtype=11)
  for count in [1, n]:
    few = x[0:count]
    pieces = annotate(List[Tensor], [])
    for w in twice:
      pieces.append(torch.linear(few, w))
    alike = alike.logical_and((torch.cat(pieces, 1) == self.few_rows(few, arranged, None)).all())
  return alike
