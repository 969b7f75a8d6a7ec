# A linear layer on few rows; its weight was arranged for them by the CPU's library (oneDNN), which libtorch may lack.
def few_rows(self, x: Tensor, w: Tensor, bias: Optional[Tensor]) -> Tensor:
  return ops.mkldnn._linear_pointwise(x, w, bias, "none", annotate(List[Optional[number]], []), "")

def arrange(self, w: Tensor, rows: Tensor) -> Tensor:
  return ops.mkldnn._reorder_linear_weight(w, int(rows))
