"""TRL's DPOTrainer with LoRA for docs/results-notes.md's speed table: how long its steps take on given rows.

    python trl_dpo_speed.py MODEL_FOLDER rows.jsonl [--steps 4] [--warm-up 1] [--batch 16] [--micro 4] [--cached] [--recompute] [--dtype fp32] [--no-autocast] [--threads N] [--zentorch]

Needs torch, transformers, trl, peft and datasets. Prints one line of JSON. With --cached the reference is computed before the first
step, without it in every step, as is TRL's default; --recompute checkpoints gradients. Weights are loaded in bf16, or with --dtype fp32 as
they are by default; products are computed in bf16 either way (autocast), or with --no-autocast as weights are stored. --zentorch loads AMD's plugin first.
"""
import argparse, json, resource, statistics, tempfile, time
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("rows")
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--warm-up", type=int, default=1)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--micro", type=int, default=4)
parser.add_argument("--max-length", type=int, default=512)
parser.add_argument("--cached", action="store_true")
parser.add_argument("--recompute", action="store_true")
parser.add_argument("--dtype", default="bf16", choices=["bf16", "fp32"])
parser.add_argument("--no-autocast", action="store_true")
parser.add_argument("--threads", type=int)
parser.add_argument("--zentorch", action="store_true")
options = parser.parse_args()
if options.threads:
    torch.set_num_threads(options.threads)
if options.zentorch:
    import zentorch  # noqa: F401, its operators and graph passes are there once it is loaded


class Clock(TrainerCallback):
    """Seconds of each optimizer step."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.begun = time.time()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.time() - self.begun)


rows = [json.loads(line) for line in open(options.rows, encoding="utf-8")][:(options.warm_up + options.steps) * options.batch]
clock = Clock()
trainer = DPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.bfloat16 if options.dtype == "bf16" else torch.float32),
    args=DPOConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=options.micro,
        gradient_accumulation_steps=options.batch // options.micro, max_length=options.max_length,
        precompute_ref_log_probs=options.cached, gradient_checkpointing=options.recompute, bf16=not options.no_autocast, use_cpu=True,
        num_train_epochs=1, logging_steps=1, save_strategy="no", report_to=[], learning_rate=2e-5, seed=1),
    train_dataset=Dataset.from_list(rows), processing_class=AutoTokenizer.from_pretrained(options.model), callbacks=[clock],
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
start = time.time()
trainer.train()
before = time.time() - start - sum(clock.seconds)
timed = clock.seconds[options.warm_up:]
speed = len(timed) * options.batch / sum(timed)
losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
print(json.dumps({
    "pairs_per_second": speed,
    "pairs_per_second_with_reference": 1 / (1 / speed + (before / len(rows) if options.cached else 0)),
    "median_step_seconds": statistics.median(timed), "first_loss": float(losses[options.warm_up]),
    "torch": torch.__version__, "dtype": options.dtype, "autocast": not options.no_autocast,
    "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
