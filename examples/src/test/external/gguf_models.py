"""Writes a tiny random model of each class that GGUF files are written of, made by transformers, with a tokenizer that is at hand.

python3 gguf_models.py OUT TOKENIZER, where TOKENIZER is a model folder; makes OUT/CLASS for each class, and OUT/LlamaForCausalLM-wide, whose rows are
long enough for blocks of 256.
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers

out, tokenizer = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
torch.set_num_threads(1)
own = json.load(open(tokenizer / "config.json", encoding="utf-8"))
TOKENS = {"vocab_size": own["vocab_size"], "eos_token_id": own["eos_token_id"], "pad_token_id": own["pad_token_id"]}
TOKENS["bos_token_id"] = None
USUAL = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "tie_word_embeddings": False,
}
GEMMA = USUAL | {"tie_word_embeddings": True, "query_pre_attn_scalar": 16, "sliding_window": 8}
# Every sixth of Gemma 3's layers sees everything.
GEMMA3 = GEMMA | {"num_hidden_layers": 7}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
CONFIGS = {
    "LlamaForCausalLM": USUAL | {"rope_parameters": LLAMA3},
    "LlamaForCausalLM-wide": USUAL | {"hidden_size": 256, "intermediate_size": 256, "head_dim": 64},
    "MistralForCausalLM": USUAL | {"sliding_window": None},
    "MixtralForCausalLM": USUAL | {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    "Qwen2ForCausalLM": USUAL | {"tie_word_embeddings": True},
    "Qwen3ForCausalLM": USUAL,
    "Qwen3MoeForCausalLM": USUAL
    | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "norm_topk_prob": True},
    "Olmo2ForCausalLM": USUAL,
    "Phi3ForCausalLM": USUAL | {"original_max_position_embeddings": 256},
    "Gemma2ForCausalLM": GEMMA | {"attn_logit_softcapping": 20.0, "final_logit_softcapping": 12.0},
    "Gemma3ForCausalLM": GEMMA3,
    "Gemma3ForConditionalGeneration": {"text_config": GEMMA3 | TOKENS, "vision_config": VISION, "mm_tokens_per_image": 4},
    "GPT2LMHeadModel": {"n_positions": 256, "n_embd": 64, "n_layer": 2, "n_head": 4},
    "GPTNeoXForCausalLM": {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 256,
        "tie_word_embeddings": False,
    },
}

# What published models of these classes have in config.json, and the converter asks for.
PUBLISHED = {"GPT2LMHeadModel": {"n_ctx": 256}, "GPTNeoXForCausalLM": {"rotary_pct": 0.25, "rotary_emb_base": 10000}}


def randomise(model, seed):
    """Weights so large that each part changes the answers and that the two likeliest tokens are apart."""
    shifted = "Gemma" in type(model).__name__
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=random)
            if weight.dim() > 1:
                weight.copy_(0.15 * noise)
            else:
                weight.copy_(0.2 * noise + (0 if shifted or name.endswith("bias") else 1))


for seed, (name, config) in enumerate(CONFIGS.items()):
    kind = getattr(transformers, name.split("-")[0])
    settings = kind.config_class(**config, **({} if "text_config" in config else TOKENS))
    model = kind(settings)
    randomise(model, seed)
    folder = out / name
    model.save_pretrained(folder)
    written = json.load(open(folder / "config.json", encoding="utf-8"))
    json.dump(written | PUBLISHED.get(name, {}), open(folder / "config.json", "w", encoding="utf-8"))
    for file in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]:
        shutil.copy(tokenizer / file, folder / file)
print(len(CONFIGS), "models")
