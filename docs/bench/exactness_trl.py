#!/usr/bin/env python3
"""How far the log-probability that a token had when TRL's way of drawing drew it (transformers' generate, as TRL's trainers call it) is from
the one that a forward over the same text gives it: share of equal bits, largest and mean difference, and how far the ratios of a first
update are from 1.

    docs/bench/exactness_trl.py MODEL DTYPE TOKENS [MAX_NEW_TOKENS]

DTYPE is fp32 or bf16. Needs torch, transformers and trl. Prompts are those of Exactness.java in kind: a few subjects, of many lengths.
"""
import math, random, sys

import torch
import transformers
import trl
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.trainer.utils import selective_log_softmax

model_name, dtype, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
most = int(sys.argv[4]) if len(sys.argv) > 4 else 128
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(model_name, padding_side="left")
model = AutoModelForCausalLM.from_pretrained(model_name, dtype={"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]).eval()
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
chance = random.Random(3)
subjects = ["a river", "the moon", "a loaf of bread", "an old clock", "Lisbon", "prime numbers", "rain"]
asks = ["Tell me about", "Write two lines about", "What do people get wrong about", "Explain to a child"]
tokens = equal = 0
largest = total = worst = 0.0
while tokens < wanted:
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": "%s %s in %d words%s." % (chance.choice(asks), chance.choice(subjects), 5 + chance.randrange(90), " please" * chance.randrange(25))}],
            tokenize=False, add_generation_prompt=True)
        for _ in range(8)
    ]
    asked = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
    with torch.no_grad():
        made = model.generate(**asked, max_new_tokens=most, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                              return_dict_in_generate=True, output_logits=True, pad_token_id=tokenizer.pad_token_id)
        answers = made.sequences[:, asked.input_ids.size(1):]
        drawn = torch.stack([torch.log_softmax(z.float(), -1) for z in made.logits], 1).gather(2, answers.unsqueeze(2)).squeeze(2)
        ends = answers == model.generation_config.eos_token_id
        live = (ends.cumsum(1) - ends.int()) == 0
        mask = torch.cat([asked.attention_mask, live.long()], 1)
        # As TRL's trainers compute them: one forward over prompt and answer, logits of the answer alone.
        logits = model(input_ids=made.sequences, attention_mask=mask, logits_to_keep=answers.size(1) + 1).logits[:, :-1]
        read = selective_log_softmax(logits.float(), answers)
    one, other = drawn[live], read[live]
    apart = (one.double() - other.double()).abs()
    tokens += one.numel()
    equal += int((one == other).sum())
    largest = max(largest, float(apart.max()))
    total += float(apart.sum())
    worst = max(worst, float(torch.expm1(apart).max()))
print("torch %s, transformers %s, trl %s, %s: %d tokens, equal bits %.4f %%, largest difference %.3g, mean %.3g, ratios of a first update up to %.3g from 1"
      % (torch.__version__, transformers.__version__, trl.__version__, dtype, tokens, 100 * equal / tokens, largest, total / tokens, worst))
