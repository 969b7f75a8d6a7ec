#!/usr/bin/env python3
"""Runs TRL's PRMTrainer on a tiny random Llama and records everything another implementation needs to replay it.

    python gen_prm.py --out OUT [--tokenizer DIR --pieces FILE]

Environment: torch 2.15.0, transformers 5.24.0, trl 1.10.0 (1.16.0 has no PRMTrainer any more), peft 0.21.2, CPU, one
thread. Deterministic. Nothing of TRL is patched but that `compute_loss` notes the returned loss of every micro-batch;
rows go through its own `tokenize_row`, file order is training order.

With --tokenizer it also writes what `tokenize_row` makes of a few texts with that tokenizer (pieces.json).
"""
import argparse
import json
import os
import shutil
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import numpy as np
import peft
import torch
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (AutoTokenizer, LlamaConfig, LlamaForTokenClassification, PreTrainedTokenizerFast,
                          TrainerCallback)
from trl.experimental.prm import PRMConfig, PRMTrainer

torch.set_num_threads(1)
PAD, UNK, EOS, SEP = 0, 1, 2, 3
VOCAB = 160
MODEL = "prm-a"

TRACES = {
    "prm_full_short_last_batch": {"batch": 4, "lr": 5e-4, "warmup": 2, "wd": 0.01, "epochs": 2, "seed": 61, "rows": 18},
    "prm_lora_accum": {"batch": 2, "accum": 2, "lr": 3e-3, "seed": 62, "rows": 14,
                       "lora": {"seed": 63, "r": 4, "alpha": 8, "targets": "all-linear"}},
    "prm_lora_last_step": {"batch": 4, "lr": 3e-3, "seed": 64, "rows": 12, "last_step_only": True,
                           "lora": {"seed": 65, "r": 4, "alpha": 8, "targets": ["q_proj", "v_proj"]}},
}

PIECES = [
    {"prompt": "What is 2 + 3 * 4?", "completions": ["3 * 4 is 12.", "2 + 12 is 15."], "labels": [True, False]},
    {"prompt": "Name three colours.\n", "completions": ["red", " green ", "blue\n"], "labels": [True, True, True]},
    {"prompt": "Ünïcode?", "completions": ["Ja, ä ö ü."], "labels": [False]},
]


def tokenizer():
    v = {"<pad>": PAD, "<unk>": UNK, "<eos>": EOS, "<step>": SEP, **{f"t{i}": i for i in range(4, VOCAB)}}
    t = Tokenizer(models.WordLevel(v, unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=t, pad_token="<pad>", unk_token="<unk>", eos_token="<eos>")


def make_model(path):
    """random Llama with two labels; every weight normal(0, std), norm weights 1 + normal(0, 0.1)"""
    cfg = LlamaConfig(vocab_size=VOCAB, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                      num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5,
                      rope_theta=10000.0, tie_word_embeddings=False, pad_token_id=PAD, bos_token_id=None,
                      eos_token_id=EOS, num_labels=2)
    m = LlamaForTokenClassification(cfg)
    g = torch.Generator().manual_seed(60)
    with torch.no_grad():
        for n, p in sorted(m.named_parameters()):
            x = torch.randn(p.shape, generator=g)
            p.copy_(1 + 0.1 * x if "norm" in n else (0.2 if "embed" in n or "score" in n else 0.15) * x)
    m.save_pretrained(path)
    c = json.load(open(os.path.join(path, "config.json")))
    c["rope_theta"] = 10000.0            # transformers 5 writes rope_parameters only; the classic key is added for other readers
    c["torch_dtype"] = "float32"
    json.dump(c, open(os.path.join(path, "config.json"), "w"), indent=2)


def load(path):
    return LlamaForTokenClassification.from_pretrained(path, attn_implementation="eager", dtype=torch.float32)


def clean_adapter(path, base):
    p = os.path.join(path, "README.md")
    if os.path.exists(p):
        os.remove(p)
    p = os.path.join(path, "adapter_config.json")
    c = json.load(open(p))
    c["base_model_name_or_path"] = base
    if isinstance(c.get("target_modules"), list):
        c["target_modules"] = sorted(c["target_modules"])
    json.dump(c, open(p, "w"), indent=2, sort_keys=True)


def make_rows(seed, count):
    """a step is right where most of its words lie in the upper half of the vocabulary; after a wrong one all are wrong"""
    rng = np.random.Generator(np.random.PCG64(seed))
    rows = []
    for _ in range(count):
        right, steps, labels = True, [], []
        for _ in range(int(rng.integers(1, 6))):
            right = right and bool(rng.random() < 0.75)
            low, high = ((4 + VOCAB) // 2, VOCAB) if right else (4, (4 + VOCAB) // 2)
            steps.append(" ".join(f"t{int(rng.integers(low, high))}" for _ in range(int(rng.integers(1, 7)))))
            labels.append(right)
        prompt = " ".join(f"t{int(rng.integers(4, VOCAB))}" for _ in range(int(rng.integers(1, 9))))
        rows.append({"prompt": prompt, "completions": steps, "labels": labels})
    return rows


def token_row(tok, row):
    """the same as token ids, checked against TRL's own tokenize_row"""
    p = tok(row["prompt"], add_special_tokens=False)["input_ids"]
    s = [tok(x, add_special_tokens=False)["input_ids"] + [SEP] for x in row["completions"]]
    theirs = PRMTrainer.tokenize_row(row, tok, "<step>", None, None, False, False)
    assert theirs["input_ids"] == p + sum(s, [])
    assert theirs["labels"] == [-100] * len(p) + sum(([-100] * (len(x) - 1) + [int(y)] for x, y in zip(s, row["labels"])), [])
    return {"prompt_ids": p, "completions_ids": s, "labels": row["labels"]}


class Recorder(TrainerCallback):
    def __init__(self, out):
        self.out, self.steps, self.micro, self.lr = out, [], [], None

    def on_pre_optimizer_step(self, args, state, control, model=None, optimizer=None, **kw):
        self.lr = optimizer.param_groups[0]["lr"]
        if state.global_step == 0:
            g = {canon(n): p.grad.detach().clone().contiguous() for n, p in model.named_parameters()
                 if p.requires_grad and p.grad is not None}
            save_file(g, os.path.join(self.out, "grads_step0_after_clipping.safetensors"))

    def on_log(self, args, state, control, logs=None, **kw):
        if logs and "loss" in logs:
            self.steps.append({"step": state.global_step, "learning_rate_used": self.lr, "micro_losses": self.micro,
                               "loss": logs["loss"], "grad_norm": logs["grad_norm"]})
            self.micro = []


def canon(n):
    return n.replace(".modules_to_save.default.", ".").replace(".default.", ".").replace(".modules_to_save.", ".")


class PRM(PRMTrainer):
    rec = None

    def compute_loss(self, model, inputs, *a, **k):
        out = super().compute_loss(model, inputs, *a, **k)
        self.rec.micro.append(float((out[0] if isinstance(out, tuple) else out).detach()))
        return out


@torch.no_grad()
def logits(model, rows):
    """per row, per step: the two logits at the step's last token; one unpadded sequence at a time"""
    model.eval()
    out = []
    for r in rows:
        ids = r["prompt_ids"] + sum(r["completions_ids"], [])
        x = model(input_ids=torch.tensor([ids])).logits[0]
        ends = np.cumsum([len(s) for s in r["completions_ids"]]) + len(r["prompt_ids"]) - 1
        out.append([[float(z) for z in x[int(e)]] for e in ends])
    model.train()
    return out


def run(name, t, out):
    d, mdir, base = os.path.join(out, name), os.path.join(out, "models", MODEL), f"../models/{MODEL}"
    shutil.rmtree(d, ignore_errors=True)
    os.makedirs(d)
    tok = tokenizer()
    texts = make_rows(t["seed"], t["rows"])
    rows = [token_row(tok, r) for r in texts]
    with open(os.path.join(d, "data.jsonl"), "w") as f:
        for r in rows:
            f.write(json.dumps(r) + "\n")
    model = load(mdir)
    if t.get("lora"):
        s, adir = t["lora"], os.path.join(d, "adapter_init")
        torch.manual_seed(s["seed"])
        fresh = get_peft_model(load(mdir), LoraConfig(
            r=s["r"], lora_alpha=s["alpha"], lora_dropout=0.0, bias="none", target_modules=s["targets"],
            task_type="TOKEN_CLS", modules_to_save=["score"]))
        fresh.save_pretrained(adir)
        clean_adapter(adir, "../" + base)
        model = PeftModel.from_pretrained(model, adir, is_trainable=True)
    json.dump(logits(model, rows), open(os.path.join(d, "initial.json"), "w"))
    tmp = tempfile.mkdtemp()
    rec = Recorder(d)
    args = PRMConfig(output_dir=tmp, per_device_train_batch_size=t["batch"], per_device_eval_batch_size=len(rows),
                     gradient_accumulation_steps=t.get("accum", 1), num_train_epochs=t.get("epochs", 1),
                     learning_rate=t["lr"], lr_scheduler_type="linear", warmup_steps=t.get("warmup", 0),
                     logging_steps=1, bf16=False, fp16=False, use_cpu=True, gradient_checkpointing=False,
                     report_to="none", save_strategy="no", disable_tqdm=True, train_sampling_strategy="sequential",
                     optim="adamw_torch", adam_beta1=0.9, adam_beta2=0.999, adam_epsilon=1e-8,
                     weight_decay=t.get("wd", 0.0), max_grad_norm=1.0, seed=42, max_length=None,
                     step_separator="<step>", train_on_last_step_only=t.get("last_step_only", False))
    tr = PRM(model=model, args=args, train_dataset=Dataset.from_list(texts), eval_dataset=Dataset.from_list(texts),
             processing_class=tok, callbacks=[rec])
    tr.rec = rec
    tr.train()
    rec.micro = []
    after = tr.evaluate()
    fin = os.path.join(d, "final")
    if t.get("lora"):
        tr.model.save_pretrained(fin, selected_adapters=["default"])
        clean_adapter(fin, "../" + base)
    else:
        os.makedirs(fin)
        save_file({n: p.detach().clone().contiguous() for n, p in tr.model.named_parameters()},
                  os.path.join(fin, "model.safetensors"))
    meta = {"name": name, "trainer": "PRMTrainer",
            "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                         "trl": trl.__version__, "peft": peft.__version__},
            "model": base, "adapter_init": "adapter_init" if t.get("lora") else None, "final": "final",
            "settings": {"method": "prm", **t},
            "fixed_settings": {"dtype": "float32", "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": t.get("wd", 0.0),
                               "max_grad_norm": 1.0, "lr_schedule": "linear", "warmup_steps": t.get("warmup", 0)},
            "final_evaluation": {"loss": after["eval_loss"], "accuracy": after["eval_accuracy"]},
            "total_optimizer_steps": tr.state.max_steps}
    json.dump(meta, open(os.path.join(d, "meta.json"), "w"), indent=1)
    json.dump(rec.steps, open(os.path.join(d, "steps.json"), "w"), indent=1)
    shutil.rmtree(tmp, ignore_errors=True)
    s = rec.steps
    print(f"{name}: {len(s)} steps, loss {s[0]['loss']:.6f} -> {s[-1]['loss']:.6f}, evaluation {after['eval_loss']:.6f} {after['eval_accuracy']:.4f}")


def pieces(folder, file):
    tok = AutoTokenizer.from_pretrained(folder)
    cases = []
    for separator in ("\n", "\n\n", " END"):
        for row in PIECES:
            theirs = PRMTrainer.tokenize_row(row, tok, separator, None, None, False, False)
            cases.append({**row, "separator": separator, **{"input_ids": theirs["input_ids"], "token_labels": theirs["labels"]},
                          "bos_token_id": tok.bos_token_id})
    with open(file, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--tokenizer")
    ap.add_argument("--pieces")
    a = ap.parse_args()
    if a.tokenizer:
        pieces(a.tokenizer, a.pieces)
        return
    mdir = os.path.join(a.out, "models", MODEL)
    if not os.path.exists(os.path.join(mdir, "model.safetensors")):
        os.makedirs(mdir, exist_ok=True)
        make_model(mdir)
    for name, t in TRACES.items():
        run(name, t, a.out)


if __name__ == "__main__":
    main()
