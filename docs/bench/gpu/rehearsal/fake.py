"""Runs Align4J's kernels on tensors that have shapes but no values, as if a GPU were there, and watches each operation."""
import collections, hashlib, io, re, zipfile

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

FOLDER = "alignment-core/engine/src/main/resources/org/align4j/core/kernel/"
HEAD = "class K(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
STATE = (b"\x80\x02c__torch__\nK\n" + bytes([0x71, 0, 0x29, 0x81, 0x7D, 0x28, 0x58, 8, 0, 0, 0])
         + b"training" + bytes([0x71, 1, 0x88, 0x75, 0x62, 0x2E]))

# Operations that launch nothing: they look at memory in another way, or reserve it.
VIEWS = set("""view _unsafe_view reshape transpose t permute slice select unsqueeze squeeze expand as_strided detach alias
    split_with_sizes unbind split _reshape_alias empty empty_strided empty_like narrow lift_fresh new_empty diagonal sym_size
    is_same_size""".split())
# Operations whose result's value or size the processor waits for.
WAITS = set("""_local_scalar_dense item nonzero masked_select _unique2 bincount unique_consecutive equal repeat_interleave""".split())
KEYS = ("CUDA", "CompositeExplicitAutograd", "CompositeImplicitAutograd", "CompositeExplicitAutogradNonFunctional")


def kernel_text(checkout):
    return "".join(open(f"{checkout}/{FOLDER}{name}").read() + "\n" for name in ("kernels.py", "plain.py"))


def methods(text):
    """The text of each kernel without comments and empty lines, by name."""
    found, name = {}, None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = re.match(r"def (\w+)\(", line)
        if begun:
            name = begun.group(1)
            found[name] = ""
        found[name] += line + "\n"
    return found


def hashes(text):
    return {name: hashlib.sha256(body.encode()).hexdigest()[:12] for name, body in methods(text).items()}


def load(text):
    """The kernels as DJL loads them: the archive that KernelArchive.java writes."""
    body = "\n".join("" if not line.strip() else "  " + line for line in text.splitlines()) + "\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as z:
        for name, content in (("version", "3\n"), ("constants.pkl", b"\x80\x02\x29\x2e"), ("data.pkl", STATE),
                              ("code/__torch__.py", HEAD + body)):
            z.writestr("k/" + name, content)
    archive.seek(0)
    torch._C._set_graph_executor_optimize(False)
    return torch.jit.load(archive)


FAKES = FakeTensorMode(allow_non_fake_inputs=True)


def counted(x, weights=None, minlength=0):
    return torch.empty(minlength, dtype=torch.int64, device=x.device)


# Results of operations that fake tensors have no rule for, or whose value they don't know: then any number of rows will do.
RULES = {
    "bincount": counted,
    "_local_scalar_dense": lambda x: 32768,
    "_softmax_backward_data": lambda grad, output, dim, dtype, grad_input: grad_input,
    "_weight_norm_interface_backward": lambda grad, v, g, norms, dim: (torch.empty_like(v), torch.empty_like(g)),
}


class Device:
    """Makes tensors of a pretended device: "cuda" (fake tensors, no gradients) or "meta" (gradients, one device)."""

    def __init__(self, kind):
        self.kind = kind

    def empty(self, *shape, dtype, grad=False):
        if self.kind == "meta":
            tensor = torch.empty(*shape, dtype=dtype, device="meta")
        else:
            with FAKES:
                tensor = torch.empty(*shape, dtype=dtype, device="cuda:0")
        return tensor.requires_grad_() if grad else tensor


class Watch(TorchDispatchMode):
    """Counts launches, and notes operations that mix devices, have no CUDA kernel, or make the processor wait."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.launches = kind, collections.Counter()
        self.mixed, self.missing, self.waits = set(), set(), set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [x for x in torch.utils._pytree.tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        ours = [x for x in tensors if x.device.type == self.kind]
        device = kwargs.get("device")
        on_device = bool(ours) or (device is not None and torch.device(device).type == self.kind)
        if on_device and func.namespace != "prim":
            self.note(func, tensors, device)
        fake = self.kind == "cuda" and (on_device or any(isinstance(x, FakeTensor) for x in tensors))
        if fake or func.namespace == "prim":
            rule = RULES.get(func.overloadpacket.__name__)
            with FAKES:
                try:
                    return func(*args, **kwargs)
                except Exception:
                    if rule is None:
                        raise
                    return rule(*args, **kwargs)
        return func(*args, **kwargs)

    def note(self, func, tensors, device):
        name = func.overloadpacket.__name__
        if name not in VIEWS:
            self.launches[name] += 1
        if name not in ("to", "_to_copy", "copy_") and any(x.device.type == "cpu" and x.dim() > 0 for x in tensors):
            self.mixed.add(name)
        if not any(torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key) for key in KEYS):
            self.missing.add(func.name())
        if name in WAITS:
            self.waits.add(name)
        away = device is not None and torch.device(device).type == "cpu"
        if name == "_to_copy" and away or name == "copy_" and tensors[0].device.type == "cpu":
            self.waits.add(name + " to the CPU")

    def count(self):
        return sum(self.launches.values())


class Rehearsal:
    """Calls kernels one by one and keeps what was seen of each."""

    def __init__(self, checkout):
        self.text = kernel_text(checkout)
        self.module = load(self.text)
        self.called, self.launches = set(), {}
        self.findings = {"mixed": set(), "missing": set(), "waits": set(), "failed": set()}

    def call(self, kernel, *args, kind="cuda", grad=False, label=None):
        """Runs a kernel; gives its result, None where it fails, and how many launches it took."""
        watch = Watch(kind)
        out = None
        self.called.add(kernel)
        method = getattr(self.module, kernel)
        try:
            with torch.set_grad_enabled(grad), watch:
                # Kernels of other checkouts may not ask for the size of a piece, which stands last.
                out = method(*args[:len(method.schema.arguments) - 1])
        except Exception as e:  # whatever a kernel throws is a finding
            lines = [line.strip() for line in str(e).splitlines() if line.strip()]
            self.findings["failed"].add(f"{label or kernel}: {' | '.join(lines[-2:])[:300]}")
        for what in ("mixed", "missing", "waits"):
            self.findings[what] |= {f"{kernel}: {name}" for name in getattr(watch, what)}
        if label:
            self.launches[label] = watch.count()
        return out, watch.count()

    def uncalled(self):
        """Kernels that Java can call, those that no other kernel calls, and that were not rehearsed."""
        inner = set(re.findall(r"self\.(\w+)\(", self.text))
        return sorted(set(methods(self.text)) - inner - self.called)
