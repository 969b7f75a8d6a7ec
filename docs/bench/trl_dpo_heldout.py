"""TRL's DPOTrainer beside docs/results-notes.md's run on a real model: the same rows and settings, evaluated at the end.

    python trl_dpo_heldout.py MODEL_FOLDER train.jsonl eval.jsonl

Needs torch, transformers, trl, peft and datasets. Prints one line of JSON: the evaluation, seconds, peak memory in GiB.
"""
import json, resource, sys, tempfile, time
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer


def load(file):
    return Dataset.from_list([json.loads(line) for line in open(file, encoding="utf-8")])


model, train, held_out = sys.argv[1:4]
trainer = DPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16),
    args=DPOConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=1, per_device_eval_batch_size=1,
        gradient_accumulation_steps=16, max_length=512, precompute_ref_log_probs=True, gradient_checkpointing=False,
        bf16=True, use_cpu=True, num_train_epochs=1, logging_steps=1, save_strategy="no", report_to=[],
        learning_rate=1e-4, seed=1),
    train_dataset=load(train), eval_dataset=load(held_out), processing_class=AutoTokenizer.from_pretrained(model),
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
start = time.time()
trainer.train()
seconds = time.time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"eval": trainer.evaluate(), "seconds": seconds, "peak_gib": peak}))
