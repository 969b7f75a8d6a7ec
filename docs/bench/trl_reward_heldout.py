"""TRL's RewardTrainer beside docs/results-notes.md's reward model: the same rows and settings, evaluated at the end.

    python trl_reward_heldout.py MODEL_FOLDER train.jsonl eval.jsonl EPOCHS LEARNING_RATE SEED [SCORES.jsonl]

Needs torch, transformers, trl, peft and datasets. Prints one line of JSON: the evaluation, seconds, peak memory in GiB, and the
counts of rows kept. SCORES gets one line a held-out pair: the two scores.
"""
import json, resource, sys, tempfile, time
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer


def load(file):
    return Dataset.from_list([json.loads(line) for line in open(file, encoding="utf-8")])


model, train, held_out, epochs, learning_rate, seed = sys.argv[1:7]
trainer = RewardTrainer(
    model=AutoModelForSequenceClassification.from_pretrained(model, num_labels=1, dtype=torch.bfloat16),
    args=RewardConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=1, per_device_eval_batch_size=1,
        gradient_accumulation_steps=16, max_length=512, gradient_checkpointing=False, bf16=True, use_cpu=True,
        num_train_epochs=int(epochs), logging_steps=1, save_strategy="no", report_to=[], learning_rate=float(learning_rate),
        lr_scheduler_type="cosine", warmup_steps=0.1, seed=int(seed)),
    train_dataset=load(train), eval_dataset=load(held_out), processing_class=AutoTokenizer.from_pretrained(model),
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="SEQ_CLS"))
start = time.time()
trainer.train()
seconds = time.time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"eval": trainer.evaluate(), "seconds": seconds, "peak_gib": peak,
                  "rows": [len(trainer.train_dataset), len(trainer.eval_dataset)]}))
if len(sys.argv) > 7:
    with open(sys.argv[7], "w", encoding="utf-8") as file, torch.no_grad():
        trainer.model.eval()
        for row in trainer.eval_dataset:
            scores = [trainer.model(input_ids=torch.tensor([list(row[k])])).logits[0, 0].item() for k in ("chosen_ids", "rejected_ids")]
            print(json.dumps(scores), file=file)
