#!/usr/bin/env python3
"""Makes tiny random checkpoints of the families of 2025 and 2026, as make_families.py does of the older ones.

    python make_new_families.py --out <families> [--only case,case]
    python make_new_families.py --options --out <family-options> [--only case,case]

A case's numbers have three parts more, for a LoRA adapter (rank 2, alpha 4) on every linear layer but the head, as `peft` computes them:
`lora` has gradients, `dpo` one step of DPO against the model without the adapter, `bfloat16` how far transformers itself is from float64 where it computes in
bfloat16: logits without the adapter, and on the worst of eight texts the norms of `lora`, as a share of the whole gradient's norm. The adapter is in no file: number k of an A, row after row, is 0.3 sin(1 + 0.37 k), of a B 0.1 cos(2 + 0.53 k).
See README.md.
"""
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import make_families as m           # sets the thread count before torch is imported

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file

RANK, ALPHA, BETA, RATE = 2, 4, 0.5, 1e-3
MAX_ROUNDED = 0.1                   # a seed is refused when bfloat16 moves the norms of gradients by more


def with_adapter(model):
    seeing = any("language_model" in name for name, _ in model.named_modules())
    targets = r".*language_model\..*_proj" if seeing else "all-linear"
    model = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, task_type="CAUSAL_LM"),
                           autocast_adapter_dtype=False)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                size, f, start, step = (0.3, math.sin, 1, 0.37) if "lora_A" in name else (0.1, math.cos, 2, 0.53)
                p.copy_(torch.tensor([size * f(start + step * k) for k in range(p.numel())]).view(p.shape))
    return model.eval()


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    grads = {n: p.grad.detach() for n, p in model.named_parameters() if p.grad is not None}
    return {n: g.double().norm() for n, g in sorted(get_peft_model_state_dict(model, state_dict=grads).items())}


def answer_log_prob(model, prompt, answer):
    ids = torch.tensor(prompt + answer)
    return m.token_log_probs(model(ids[None], use_cache=False).logits[0], ids)[len(prompt) - 1:].sum()


def dpo_loss(model, pair):
    def log_ratio(answer):
        with torch.no_grad(), model.disable_adapter():
            reference = answer_log_prob(model, pair["prompt_ids"], answer)
        return answer_log_prob(model, pair["prompt_ids"], answer) - reference
    return -F.logsigmoid(BETA * (log_ratio(pair["chosen_ids"]) - log_ratio(pair["rejected_ids"])))


def more(case, folder, expected):
    ids = torch.tensor(expected["sequence"]["input_ids"])
    gen = torch.Generator().manual_seed(expected["seed"] + 2)
    vocab = m.vocab_size(case)
    pair = {name: m.random_ids(gen, vocab, n).tolist() for name, n in
            (("prompt_ids", 9), ("chosen_ids", 8), ("rejected_ids", 5))}

    def nll(model, ids=ids):
        logits = model(ids[None], use_cache=False).logits[0]
        return -m.token_log_probs(logits, ids).mean(), logits.detach()

    def precise_gradients(ids=ids):
        with m.precise(True):
            return gradients(model, nll(model, ids)[0])

    half = m.load(folder, case["arch"], False).to(torch.bfloat16)
    plain = load_file(folder / "expected.safetensors")["logits"].double()
    off = (nll(half)[1].double() - plain).pow(2).mean().sqrt()
    half = with_adapter(half).to(torch.bfloat16)
    model = with_adapter(m.load(folder, case["arch"], True)).double()
    total = lambda norms: torch.stack(list(norms.values())).norm()
    worst = 0.0                     # of several texts: these small models are chaotic, and one may be right by chance
    for text in [ids] + [m.random_ids(gen, vocab, len(ids)) for _ in range(7)]:
        right, rounded = precise_gradients(text), gradients(half, nll(half, text)[0])
        worst = max(worst, total({n: rounded[n] - right[n] for n in right}) / total(right))
    if worst > MAX_ROUNDED:
        return f"bfloat16 gradients {worst:.2f}"

    norms = precise_gradients()
    with m.precise(True):
        expected["lora"] = {"rank": RANK, "alpha": ALPHA, "loss": m.num(nll(model)[0]), "l2": {n: m.num(g) for n, g in norms.items()}}
        before = dpo_loss(model, pair)
        of_pair = gradients(model, before)
        trained = [p for n, p in model.named_parameters() if "lora_" in n]
        torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0).step()
        after = dpo_loss(model, pair)
    expected["dpo"] = {**pair, "beta": BETA, "loss": m.num(before), "gradient_l2": m.num(total(of_pair)), "learning_rate": RATE,
                       "loss_after": m.num(after)}
    expected["bfloat16"] = {"rms_logits": m.num(off), "worst_gradients": m.num(worst)}
    save_file({"logits": plain.float()}, folder / "expected.safetensors")
    return None


def case(name, kind, arch, seed, what, ablate=None, dtype="bfloat16", std=0.3, tokens=72, hub_config=True, **config):
    base = dict(vocab_size=tokens, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4,
                num_key_value_heads=2, head_dim=8, max_position_embeddings=128, tie_word_embeddings=False)
    return dict(name=name, type=kind, arch=arch + "ForCausalLM", seed=seed, what=what, more=more, dtype=dtype, std=std,
                hub_config=hub_config, ablate=ablate or {},
                config={k: v for k, v in {**base, **config}.items() if v != "absent"})


def first(*args, **more):
    """The first case of a family, which has as many tokens as other tests need."""
    return case(*args, tokens=176, **more)


def experts(*args, layers=2, **config):
    """A case with experts, whose stacks PEFT can't put pairs on one by one: without the adapter's numbers."""
    own = dict(n_routed_experts=8, num_experts_per_tok=3, first_k_dense_replace=1, num_mtp_layers=0) if "glm4_moe" in args else {}
    made = case(*args, moe_intermediate_size=8, num_hidden_layers=layers, dtype="float32", **own, **config)
    return {**made, "more": plain_logits}


def plain_logits(case, folder, expected):
    save_file({"logits": load_file(folder / "expected.safetensors")["logits"]}, folder / "expected.safetensors")


def seeing(name, seed, kind, what, **config):
    """A case in the layout of Mistral's models for images and text."""
    made = case(name, "mistral3", "Mistral3", seed, what, hub_config=False, **config)
    text = {**made["config"], "model_type": kind, "pad_token_id": m.PAD, "bos_token_id": m.BOS, "eos_token_id": m.EOS}
    vision = dict(model_type="pixtral", hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
                  head_dim=8, image_size=28, patch_size=14)
    return {**made, "arch": "Mistral3ForConditionalGeneration", "config": dict(
        text_config=text, vision_config=vision, image_token_index=1000, tie_word_embeddings=False)}


rope, FULL, WINDOW = m.rope, "full_attention", "sliding_attention"
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16, beta_fast=4.0, beta_slow=0.5)
LINEAR = rope(10000.0) | dict(rope_type="linear", factor=3.0)
GROWING = dict(YARN, original_max_position_embeddings=5, llama_4_scaling_beta=0.4, mscale=1.0, mscale_all_dim=1.0)
ALPHA_ROPE = dict(rope_type="dynamic", rope_theta=10000.0, alpha=50.0, factor=1.0)

FIRST = [
    first("granite", "granite", "Granite", 201, "all four multipliers, tied",
          embedding_multiplier=3.3, attention_multiplier=0.4, residual_multiplier=0.37, logits_scaling=2.7, rms_norm_eps=1e-5,
          tie_word_embeddings=True, rope_parameters=rope(10000.0),
          ablate={"embedding": {"embedding_multiplier": 1.0}, "attention": {"attention_multiplier": 8 ** -0.5},
                  "residual": {"residual_multiplier": 1.0}, "logits": {"logits_scaling": 1.0}}),
    first("olmo3", "olmo3", "Olmo3", 211, "window 5 on three of four layers, yarn on the fourth, which has a theta of its own",
          num_hidden_layers=4, sliding_window=5, hub_config=False,
          rope_parameters={FULL: YARN, WINDOW: rope(300.0)},
          ablate={"window": {"sliding_window": 6}, "yarn": {"rope_parameters": {FULL: rope(10000.0), WINDOW: rope(300.0)}},
                  "theta": {"rope_parameters": {FULL: YARN, WINDOW: rope(10000.0)}}}),
    first("glm4", "glm4", "Glm4", 221, "half of each head rotated, neighbours together, biases on q, k and v, four norms, fused gate and up",
          rope_parameters=rope(10000.0, partial_rotary_factor=0.5),
          ablate={"partial rotary": {"rope_parameters": rope(10000.0, partial_rotary_factor=1.0)}}),
    experts("glm4-moe", "glm4_moe", "Glm4Moe", 225, "half of each head rotated, first layer dense, 8 experts in 2 groups of which one is kept, 3 per token, a shared one",
            tokens=176, n_group=2, topk_group=1, routed_scaling_factor=1.5, rope_parameters=rope(10000.0, partial_rotary_factor=0.5),
            ablate={"groups": {"topk_group": 2}, "scaling": {"routed_scaling_factor": 1.0}}),
    first("ministral3", "ministral3", "Ministral3", 231, "yarn, queries that grow after 5 tokens, tied",
          tie_word_embeddings=True, rope_parameters=GROWING,
          ablate={"growth": {"rope_parameters": {**GROWING, "llama_4_scaling_beta": 0.0}},
                  "yarn": {"rope_parameters": {**GROWING, "rope_type": "default"}}}),
    first("cohere2", "cohere2", "Cohere2", 241, "one layer norm for attention and MLP, window 5 and neighbours rotated on three of four layers, no positions on the fourth, scaled logits, tied",
          num_hidden_layers=4, sliding_window=5, logit_scale=0.3, tie_word_embeddings=True, rope_parameters=rope(10000.0),
          ablate={"window": {"sliding_window": 6}, "logits": {"logit_scale": 1.0}, "full": {"layer_types": [WINDOW] * 4}}),
    first("ernie4-5", "ernie4_5", "Ernie4_5", 251, "neighbours rotated, theta 500000, tied",
          tie_word_embeddings=True, rope_parameters=rope(500000.0), ablate={"theta": {"rope_parameters": rope(10000.0)}}),
    experts("ernie4-5-moe", "ernie4_5_moe", "Ernie4_5_Moe", 255, "4 experts, 3 per token, chosen by a bias that takes no part in the shares, two shared ones, first layer dense, tied",
            tokens=176, tie_word_embeddings=True, moe_num_experts=4, moe_k=3, rope_parameters=rope(500000.0),
            ablate={"experts per token": {"moe_k": 2}}),
    first("seed-oss", "seed_oss", "SeedOss", 261, "biases on q, k and v, none on the output's layer",
          rope_parameters=rope(10000.0)),
    first("exaone4", "exaone4", "Exaone4", 271, "norms after the parts, q and k normed, window 5 on three of four layers, no positions on the fourth",
          num_hidden_layers=4, sliding_window=5, rope_parameters=rope(10000.0),
          ablate={"window": {"sliding_window": 6}, "full": {"layer_types": [WINDOW] * 4}}),
    first("hunyuan-dense", "hunyuan_v1_dense", "HunYuanDenseV1", 281, "q and k normed after they are rotated, theta stretched by alpha, tied",
          tie_word_embeddings=True, rope_parameters=ALPHA_ROPE, ablate={"alpha": {"rope_parameters": rope(10000.0)}}),
]

# Other options of the same families, with fewer tokens.
OPTIONS = [
    case("granite-biases", "granite", "Granite", 202, "biases everywhere, multipliers but the residual's, untied, llama3 rope",
         embedding_multiplier=2.1, attention_multiplier=0.5, logits_scaling=0.8, attention_bias=True, mlp_bias=True,
         rope_parameters=m.LLAMA3_ROPE, ablate={"rope": {"rope_parameters": rope(500000.0)}}),
    case("granite-plain", "granite", "Granite", 203, "no multiplier: scores are not scaled at all; width of heads by default",
         head_dim="absent", rope_parameters=rope(10000.0), std=0.2, dtype="float32"),
    case("olmo3-biases", "olmo3", "Olmo3", 214, "biases, scaled as old files say it, theta 500000 everywhere",
         num_hidden_layers=4, sliding_window=7, attention_bias=True, rms_norm_eps=1e-6,
         rope_parameters={FULL: {**YARN, "rope_theta": 500000.0}, WINDOW: rope(500000.0)}),
    case("olmo3-full", "olmo3", "Olmo3", 213, "two layers by layer_types, none with a window in the other's place, tied, as many key heads as heads",
         num_hidden_layers=2, layer_types=[FULL, WINDOW], sliding_window=6, num_key_value_heads=4, tie_word_embeddings=True,
         rope_parameters={FULL: rope(10000.0), WINDOW: rope(10000.0)}, dtype="float32", hub_config=False),
    case("glm4-plain", "glm4", "Glm4", 222, "whole heads rotated, no biases, tied, gelu",
         attention_bias=False, tie_word_embeddings=True, hidden_act="gelu", rope_parameters=rope(10000.0, partial_rotary_factor=1.0),
         dtype="float32", ablate={"partial rotary": {"rope_parameters": rope(10000.0, partial_rotary_factor=0.5)}}),
    case("glm4-quarter", "glm4", "Glm4", 223, "a quarter of heads of 16 rotated, linear scaling",
         head_dim=16, num_key_value_heads=1, rope_parameters={**LINEAR, "partial_rotary_factor": 0.25},
         ablate={"scaling": {"rope_parameters": rope(10000.0, partial_rotary_factor=0.25)}}),
    experts("glm4-moe-normed", "glm4_moe", "Glm4Moe", 226, "q and k normed, biases, no groups, shares not normed, two shared experts, whole heads rotated, tied",
            use_qk_norm=True, attention_bias=True, norm_topk_prob=False, n_shared_experts=2, tie_word_embeddings=True,
            rope_parameters=rope(10000.0, partial_rotary_factor=1.0), ablate={"norm_topk_prob": {"norm_topk_prob": True}}),
    case("ministral3-window", "ministral3", "Ministral3", 232, "window 6 on every layer, plain rotation, growth after 7 tokens",
         hub_config=False, sliding_window=6, rope_parameters=rope(10000.0, llama_4_scaling_beta=0.5, original_max_position_embeddings=7),
         ablate={"window": {"sliding_window": None}}),
    case("ministral3-mscale", "ministral3", "Ministral3", 233, "yarn whose two factors differ, growth 0",
         rope_parameters={**GROWING, "mscale": 1.0, "mscale_all_dim": 0.5, "llama_4_scaling_beta": 0.0}, dtype="float32",
         ablate={"mscale": {"rope_parameters": {**GROWING, "llama_4_scaling_beta": 0.0}}}),
    seeing("ministral3-multimodal-layout", 234, "ministral3", "as Ministral 3 is released: nested text_config, names language_model.model.*, vision tensors to be ignored, the head untied by the whole model's flag; text only",
           rope_parameters=GROWING),
    seeing("mistral3-multimodal-layout", 235, "mistral", "as Mistral Small 3.1 is released: Mistral's layers without a window in the same layout",
           sliding_window=None, rope_parameters=rope(10000.0)),
    case("cohere2-biases", "cohere2", "Cohere2", 242, "biases, untied, heads wider than by default, layers by layer_types",
         attention_bias=True, head_dim=6, layer_types=[FULL, WINDOW, WINDOW], sliding_window=6, logit_scale=0.25, hub_config=False,
         rope_parameters=rope(50000.0), ablate={"types": {"layer_types": [WINDOW, WINDOW, FULL]}}),
    case("cohere2-window", "cohere2", "Cohere2", 243, "every layer with a window, logits as they are, eps 1e-3, tied",
         layer_types=[WINDOW] * 3, sliding_window=9, logit_scale=1.0, layer_norm_eps=1e-3, tie_word_embeddings=True, hub_config=False,
         rope_parameters=LINEAR, dtype="float32", ablate={"scaling": {"rope_parameters": rope(10000.0)}}),
    case("ernie4-5-biases", "ernie4_5", "Ernie4_5", 252, "biases everywhere, untied, as many key heads as heads",
         use_bias=True, num_key_value_heads=4, rope_parameters=rope(10000.0)),
    case("ernie4-5-linear", "ernie4_5", "Ernie4_5", 253, "linear scaling, one key head, heads of 12, gelu",
         num_key_value_heads=1, head_dim=12, hidden_act="gelu", rope_parameters=LINEAR, dtype="float32",
         ablate={"scaling": {"rope_parameters": rope(10000.0)}}),
    experts("ernie4-5-moe-middle", "ernie4_5_moe", "Ernie4_5_Moe", 256, "experts in the second of three layers alone, none shared, untied",
            layers=3, moe_num_experts=4, moe_k=1, moe_num_shared_experts=0, moe_layer_start_index=1, moe_layer_end_index=1,
            rope_parameters=rope(10000.0)),
    case("seed-oss-output-bias", "seed_oss", "SeedOss", 262, "biases on the output's layer and in the MLP alone, tied",
         attention_bias=False, attention_out_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_parameters=rope(10000.0)),
    case("seed-oss-biases", "seed_oss", "SeedOss", 263, "biases everywhere, yarn, one key head",
         attention_out_bias=True, num_key_value_heads=1, mlp_bias=True, rope_parameters=YARN, dtype="float32",
         ablate={"yarn": {"rope_parameters": rope(10000.0)}}),
    case("exaone4-full", "exaone4", "Exaone4", 272, "no window anywhere: every layer has positions, tied, llama3 rope",
         sliding_window=None, sliding_window_pattern=None, layer_types=[FULL] * 3, tie_word_embeddings=True, head_dim="absent",
         rope_parameters=m.LLAMA3_ROPE, dtype="float32", ablate={"rope": {"rope_parameters": rope(500000.0)}}),
    case("exaone4-pattern", "exaone4", "Exaone4", 273, "every other layer with a window of 7, as many key heads as heads",
         sliding_window=7, sliding_window_pattern=2, num_key_value_heads=4, rope_parameters=rope(10000.0),
         ablate={"pattern": {"layer_types": [WINDOW, WINDOW, FULL]}}),
    case("hunyuan-dense-biases", "hunyuan_v1_dense", "HunYuanDenseV1", 282, "biases everywhere, plain rotation, untied",
         attention_bias=True, rope_parameters=rope(10000.0)),
    case("hunyuan-dense-yarn", "hunyuan_v1_dense", "HunYuanDenseV1", 283, "yarn, one key head, heads of 12",
         num_key_value_heads=1, head_dim=12, rope_parameters=YARN, dtype="float32", ablate={"yarn": {"rope_parameters": rope(10000.0)}}),
]


if __name__ == "__main__":
    options = "--options" in sys.argv
    if options:
        sys.argv.remove("--options")
    m.main(OPTIONS if options else FIRST, None)
