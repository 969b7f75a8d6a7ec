#!/usr/bin/env python3
"""How far half precision is from double precision: ours in bf16, fp32 and of weights in bf16
with products in fp32, transformers in bf16, fp32 under autocast, and fp32.

    docs/bench/precision.py WORK --lib LIB [--smollm2 FOLDER] [--rows FILE.jsonl.gz] [--models llama,gemma,moe,smollm2] [--ours bf16,fp32,bf16-in-fp32]
    docs/bench/precision.py WORK --lib LIB … --ablate

WORK keeps the random models, their adapters, the rows and what transformers gave; what Align4J gives is made anew, with the jars of LIB.
The truth is transformers with all numbers in float64. An adapter of rank 8 on every linear layer (of attention alone where there are
experts) has a B that isn't zero. Rows are those of hh-rlhf with at most 130 tokens, and some of 2,000 made of several dialogues. Figures: token
log-probabilities (root mean square, median, mean with its standard error by answers), differences of a pair's sums, DPO losses, the gradient by
the adapter's matrices (relative error, cosine). --ablate says where the error would arise: ours in bf16 with one part at a time rounded as all were until
29 November 2026, the kernels of this checkout changed so. Needs torch, transformers, peft, numpy. Threads: --threads.
"""
import argparse, contextlib, gzip, json, math, pathlib, subprocess, sys

import numpy as np
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

BETA = 0.1
VOCABULARY = 8192
WAYS = ("transformers bf16", "transformers fp32 under autocast", "transformers fp32")

parser = argparse.ArgumentParser()
parser.add_argument("work", type=pathlib.Path)
parser.add_argument("--lib")
parser.add_argument("--java", default="java")
parser.add_argument("--source", default=str(pathlib.Path(__file__).resolve().parent / "Precision.java"))
parser.add_argument("--smollm2", type=pathlib.Path)
parser.add_argument("--rows", type=pathlib.Path)
parser.add_argument("--models", default="llama,gemma,moe,smollm2")
parser.add_argument("--ours", default="bf16,fp32,bf16-in-fp32")
parser.add_argument("--lengths", default="100,2000")
parser.add_argument("--long", type=int, default=3, help="pairs of 2,000 tokens; a third of them count in the gradient")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--ablate", action="store_true")
options = parser.parse_args()
if options.long < 3:
    parser.error("--long is %d but must be 3 or more, so that one counts in the gradient" % options.long)
torch.set_num_threads(options.threads)


# ---- models and rows ----

def random_model(name, folder):
    common = dict(vocab_size=VOCABULARY, hidden_size=512, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=4, head_dim=64,
                  intermediate_size=1408, max_position_embeddings=4096, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2,
                  pad_token_id=0, initializer_range=0.05)
    if name == "llama":
        config = transformers.LlamaConfig(**common, rope_theta=10000.0)
    elif name == "gemma":
        config = transformers.Gemma2Config(**{**common, "hidden_size": 384, "num_hidden_layers": 4, "tie_word_embeddings": True},
                                           query_pre_attn_scalar=64, sliding_window=256, attn_logit_softcapping=50.0,
                                           final_logit_softcapping=30.0, hidden_activation="gelu_pytorch_tanh")
    else:
        config = transformers.MixtralConfig(**{**common, "hidden_size": 256, "num_hidden_layers": 4, "head_dim": 32, "intermediate_size": 512},
                                            num_local_experts=8, num_experts_per_tok=2, rope_theta=10000.0, sliding_window=None)
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if weight.dim() == 1 and name != "gemma":
                weight.add_(torch.randn_like(weight) * 0.1)
            elif weight.dim() == 1:
                weight.copy_(torch.randn_like(weight) * 0.1)
    model.to(torch.bfloat16).save_pretrained(folder)


def make_adapter(model_folder, folder, experts):
    torch.manual_seed(11)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    names = ["q_proj", "k_proj", "v_proj", "o_proj"] + ([] if experts else ["gate_proj", "up_proj", "down_proj"])
    adapted = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=names, task_type="CAUSAL_LM"))
    with torch.no_grad():
        for key, weight in adapted.named_parameters():
            if "lora_B" in key:
                weight.normal_(0, 0.02)
    adapted.save_pretrained(folder)


def make_rows(path, tokenizer_folder):
    """Pairs of about 100 tokens, and some of 2,000: prompt, chosen, rejected, length, 2 where they count in the gradient, 1 in margins alone."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    mark = "\n\nAssistant:"
    pairs = []
    for line in gzip.open(options.rows, "rt", encoding="utf-8"):
        row = json.loads(line)
        cut = row["chosen"].rfind(mark) + len(mark)
        prompt, chosen = row["chosen"][:cut], row["chosen"][cut:]
        if row["rejected"].startswith(prompt):
            pairs.append([tokenizer(text, add_special_tokens=False).input_ids for text in (prompt, chosen, row["rejected"][cut:])])
    rows, tokens = [], 0
    for prompt, chosen, rejected in pairs:
        if len(prompt) + max(len(chosen), len(rejected)) <= 130 and min(len(chosen), len(rejected)) >= 24:
            rows.append([prompt, chosen, rejected, 100, (len(rows) < 24) + (len(rows) < 8)])
            tokens += len(chosen) + len(rejected)
            if tokens >= 10000:
                break
    long = [pair for pair in pairs if min(len(pair[1]), len(pair[2])) >= 150]
    if options.long > len(long) or options.long * 40 > len(pairs):
        sys.exit("--long is %d, but %s has %d pairs with long answers and dialogues for %d." % (options.long, options.rows, len(long), len(pairs) // 40))
    for number in range(options.long):
        prompt, chosen, rejected = long[number]
        answers = [ids[:250] for ids in (chosen, rejected)]
        before = [token for other in pairs[number * 40:number * 40 + 40] for token in other[0] + other[1]]
        room = 2000 - len(prompt) - max(map(len, answers))
        rows.append([before[:room] + prompt, *answers, 2000, 1 + (number < options.long // 3)])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


# ---- transformers ----

def in_double(model):
    """Norms that compute in fp32 whatever they are given compute in float64."""
    def plain(module, x):
        return module.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + module.variance_epsilon))

    def gemma(module, x):
        return (1 + module.weight) * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + module.eps))

    for module in model.modules():
        kind = type(module).__name__
        if kind.endswith("RMSNorm"):
            module.forward = (gemma if kind.startswith("Gemma") else plain).__get__(module)


@contextlib.contextmanager
def softmax_in_double():
    own = torch.nn.functional.softmax
    torch.nn.functional.softmax = lambda x, dim=None, dtype=None, **rest: own(x, dim=dim, dtype=None if x.dtype == torch.float64 else dtype)
    try:
        yield
    finally:
        torch.nn.functional.softmax = own


def log_probs(model, prompt, answer, autocast):
    ids = torch.tensor([prompt + answer])
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = model(input_ids=ids, logits_to_keep=len(answer) + 1, use_cache=False).logits[0, :-1]
    if logits.dtype == torch.bfloat16:
        logits = logits.float()  # as accelerate does
    targets = torch.tensor(answer)
    return logits.gather(1, targets.unsqueeze(1)).squeeze(1) - torch.logsumexp(logits, -1)


def theirs(way, model_folder, adapter, rows, name):
    dtype = {"truth": torch.float64, "transformers bf16": torch.bfloat16}.get(way, torch.float32)
    autocast = way in WAYS[:2]
    base = AutoModelForCausalLM.from_pretrained(model_folder, dtype=dtype, attn_implementation="eager" if name == "gemma" else "sdpa")
    model = PeftModel.from_pretrained(base, adapter, is_trainable=True)
    if way == "truth":
        model.double()
        in_double(model)
    base.gradient_checkpointing_enable({"use_reentrant": False})
    model.enable_input_require_grads()
    model.train()
    learning = sum(row[4] == 2 for row in rows)
    scores = []
    with softmax_in_double() if way == "truth" else contextlib.nullcontext():
        for prompt, chosen, rejected, _, use in rows:
            with torch.no_grad(), model.disable_adapter():
                reference = [log_probs(model, prompt, answer, autocast).double() for answer in (chosen, rejected) if use]
            with torch.no_grad():
                own = [log_probs(model, prompt, answer, autocast) for answer in (chosen, rejected)]
            if use == 2:
                margin = own[0].double().sum() - own[1].double().sum() - reference[0].sum() + reference[1].sum()
                slope = -BETA * torch.sigmoid(-BETA * margin) / learning
                for answer, sign in ((chosen, 1), (rejected, -1)):
                    (log_probs(model, prompt, answer, autocast).sum() * (slope * sign)).backward()
            scores.append([x.double().numpy() for x in own + reference])
    gradients = {key.replace(".default", ""): weight.grad.double().numpy().ravel() for key, weight in model.named_parameters()
                 if "lora_" in key and weight.grad is not None}
    return {"scores": scores, "gradients": gradients}


def ours(dtype, model_folder, adapter, rows, out, before=""):
    lines = out.with_suffix(".rows")
    lines.write_text("".join(";".join([*(" ".join(map(str, ids)) for ids in row[:3]), str(row[4])]) + "\n" for row in rows))
    subprocess.run([options.java, "-cp", before + options.lib, options.source, str(model_folder), dtype, str(adapter), str(lines), str(BETA), str(out)],
                   check=True)
    values, at, scores, gradients = np.fromfile(out, ">f4").astype(np.float64), 0, [], {}

    def take(count):
        nonlocal at
        at += count
        return values[at - count:at]

    for row in rows:
        scores.append([take(len(ids)) for ids in row[1:3] * (2 if row[4] else 1)])
    for line in pathlib.Path(str(out) + ".names").read_text().splitlines():
        key, size = line.split()
        gradients[key] = take(int(size))
    return {"scores": scores, "gradients": gradients}


# ---- figures ----

def figures(found, truth, rows):
    apart = [one - other for mine, true in zip(found["scores"], truth["scores"]) for one, other in zip(mine[:2], true[:2])]
    every = np.concatenate(apart)
    sums = np.array([part.sum() for part in apart])
    bias = every.mean()
    error = math.sqrt(((sums - bias * np.array([len(part) for part in apart])) ** 2).sum()) / len(every)

    def margins(of):
        return np.array([s[0].sum() - s[1].sum() for s in of["scores"]])

    def losses(of):
        return np.array([np.logaddexp(0, -BETA * (s[0].sum() - s[1].sum() - s[2].sum() + s[3].sum())) for s in of["scores"] if len(s) > 2])

    def gradient(of):
        return np.concatenate([of["gradients"][key] for key in sorted(truth["gradients"])])

    g, t = gradient(found), gradient(truth)
    return {"tokens": len(every), "rms": math.sqrt((every ** 2).mean()), "bias": bias, "bias_error": error,
            "margin_rms": math.sqrt(((margins(found) - margins(truth)) ** 2).mean()), "median": np.median(np.abs(every)), "loss_rms": math.sqrt(((losses(found) - losses(truth)) ** 2).mean()),
            "gradient": np.linalg.norm(g - t) / np.linalg.norm(t), "cosine": 1 - g @ t / np.linalg.norm(g) / np.linalg.norm(t)}


def line(name, way, f):
    print("| %s | %s | %d | %.3g | %.3g | %.1e ± %.1e | %.3g | %.2g | %.3g | %.2g |" % (
        name, way, f["tokens"], f["rms"], f["median"], f["bias"], f["bias_error"], f["margin_rms"], f["loss_rms"], f["gradient"], f["cosine"]),
        flush=True)


def compare():
    print("| model, tokens a row | computed | answer tokens | rms | median | bias ± standard error | pairs' differences, rms | losses, rms | gradient, relative | 1 − cosine |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in options.models.split(","):
        folder = options.smollm2 if name == "smollm2" else options.work / name
        adapter = options.work / (name + "-adapter")
        if not folder.exists():
            random_model(name, folder)
        if not adapter.exists():
            make_adapter(folder, adapter, name == "moe")
        everything = [json.loads(text) for text in (options.work / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
        for length in map(int, options.lengths.split(",")):
            rows = [row for row in everything if row[3] == length]
            if name != "smollm2":
                rows = [[*([token % VOCABULARY for token in ids] for ids in row[:3]), *row[3:]] for row in rows]
            found = {}
            for way in ("truth", *WAYS):
                kept = options.work / ("%s-%d-%s.npz" % (name, length, way.replace(" ", "-")))
                if not kept.exists():
                    np.savez(kept, found=np.array(theirs(way, folder, adapter, rows, name), dtype=object))
                found[way] = np.load(kept, allow_pickle=True)["found"].item()
            for dtype in filter(None, options.ours.split(",")):
                found["ours " + dtype] = ours(dtype, folder, adapter, rows, options.work / ("%s-%d-%s.bin" % (name, length, dtype)))
            truth = found.pop("truth")
            for way in sorted(found, key=lambda w: ("fp32" in w and "autocast" not in w, w)):
                line("%s, %d" % (name, length), way, figures(found[way], truth, rows))


KERNELS = pathlib.Path(__file__).resolve().parents[2] / "alignment-core/engine/src/main/resources/org/align4j/core/kernel"
ROUNDED = {
    "all as they are": [],
    "sums of layers in bf16": [("  r2 = self.row_scales(m, f[1])\n", "  m = m.to(15).to(6)\n  r2 = self.row_scales(m, f[1])\n"),
                               ("    y.add_(m)\n", "    y = y.add_(m).to(15).to(6)\n")],
    "norms rounded twice": [("  return self.scaled_rows(x, r).mul_(weight).to(weight.dtype)\n",
                             "  return self.scaled_rows(x, r).to(weight.dtype).mul_(weight)\n")],
    "positions put in in bf16": [("  y = x.view([x.size(0), -1, width]).to(6)\n", "  y = x.view([x.size(0), -1, width]).to(15)\n"),
                                 ("width], dtype=6, device=x.device)\n  self.rope_into(out, y.transpose(0, 1), rotation[0], rotation[1], 1)\n",
                                  "width], dtype=15, device=x.device)\n"
                                  "  self.rope_into(out, y.transpose(0, 1), rotation[0].to(15), rotation[1].to(15), 1)\n")],
    "queries and keys rounded": [("    return torch.baddbmm(m, q.to(6), k.to(6), beta=1, alpha=f)\n",
                                  "    return torch.baddbmm(m, q.to(15).to(6), k.to(15).to(6), beta=1, alpha=f)\n")],
    "these and scores rounded": [("    return torch.baddbmm(m, q.to(6), k.to(6), beta=1, alpha=f)\n",
                                  "    return torch.baddbmm(m.to(15), q.to(15), k.to(15), beta=1, alpha=f).to(6)\n")],
    "what pairs add rounded in the sum": [("  return (y.addmm_(t.to(6), ws[i + 3].to(6).t(), beta=1, alpha=scaling), t)\n",
                                           "  return (y.to(15).addmm_(t, ws[i + 3].t(), beta=1, alpha=scaling).to(6), t)\n")],
    "logits rounded": [("  if w.dtype == 6 or best == 0:\n", "  if w.dtype == 6 or best >= 0:\n")],
}


def ablate():
    print("| what is rounded otherwise | rms | pairs' differences, rms | gradient, relative |")
    print("|---|---:|---:|---:|")
    rows = [json.loads(text) for text in (options.work / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row[3] == 100]
    name = options.models.split(",")[0]
    if name != "smollm2":
        rows = [[*([token % VOCABULARY for token in ids] for ids in row[:3]), *row[3:]] for row in rows]
    folder = options.smollm2 if name == "smollm2" else options.work / name
    truth = np.load(options.work / (name + "-100-truth.npz"), allow_pickle=True)["found"].item()
    for part, changes in ROUNDED.items():
        kernels = options.work / "rounded" / "org/align4j/core/kernel"
        kernels.mkdir(parents=True, exist_ok=True)
        text = (KERNELS / "kernels.py").read_text(encoding="utf-8")
        for before, after in changes:
            assert text.count(before) == 1, part
            text = text.replace(before, after)
        (kernels / "kernels.py").write_text(text, encoding="utf-8")
        found = ours("bf16", folder, options.work / (name + "-adapter"), rows, options.work / "rounded.bin", str(options.work / "rounded") + ":")
        f = figures(found, truth, rows)
        print("| %s | %.4f | %.3f | %.4f |" % (part, f["rms"], f["margin_rms"], f["gradient"]), flush=True)


options.work.mkdir(parents=True, exist_ok=True)
if not (options.work / "rows.jsonl").exists():
    make_rows(options.work / "rows.jsonl", options.smollm2)
kept = sum(json.loads(text)[3] == 2000 for text in (options.work / "rows.jsonl").read_text(encoding="utf-8").splitlines())
if kept != options.long:
    sys.exit("%s keeps %d pairs of 2,000 tokens, not %d; give --long %d or another folder." % (options.work, kept, options.long, kept))
if options.ablate:
    ablate()
else:
    compare()
