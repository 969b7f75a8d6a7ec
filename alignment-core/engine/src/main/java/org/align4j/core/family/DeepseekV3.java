package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router.GroupedRouter;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.LatentAttention;
import org.align4j.core.model.layer.RmsNorm;

/**
 * DeepSeek-V3, R1 and what shares their architecture (DeepSeek-AI 2024): latent attention, many small experts chosen by groups
 * beside a shared one, the first layers dense. The layers that predict further tokens are left alone.
 */
final class DeepseekV3 implements Family {
    /** The norms inside attention have this one, whatever {@code rms_norm_eps} says. */
    private static final double LATENT_EPSILON = 1e-6;

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("kv_lora_rank", 512),
            Map.entry("q_lora_rank", 1536),
            Map.entry("qk_rope_head_dim", 64),
            Map.entry("qk_nope_head_dim", 128),
            Map.entry("v_head_dim", 128),
            Map.entry("n_group", 8),
            Map.entry("topk_group", 4),
            Map.entry("n_shared_experts", 1),
            Map.entry("first_k_dense_replace", 3),
            Map.entry("moe_intermediate_size", 2048),
            Map.entry("num_nextn_predict_layers", 1),
            Map.entry("max_position_embeddings", 4096));

    @Override
    public Set<String> architectures() {
        return Set.of("DeepseekV3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        given.requireOnly("scoring_func", "sigmoid");
        given.requireOnly("topk_method", "noaux_tc");
        given.requireOnly("moe_layer_freq", 1);
        ConfigJson config = given.withDefaults(DEFAULTS);
        LlamaParts parts = LlamaParts.of(config);
        if (parts.keyValueHeads() != parts.heads()) {
            throw config.error("num_key_value_heads is " + parts.keyValueHeads()
                    + " but latent attention has as many as" + " num_attention_heads, " + parts.heads() + ".");
        }
        return parts.decoder(
                new CheckpointNames(List.of(), ignored(config)).with(LlamaParts.STACKS),
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        attention(parts, i),
                        parts.norm(i, "post_attention_layernorm"),
                        feedForward(parts, i, 256)));
    }

    /** Layers beyond the last, which predict further tokens. */
    static Pattern ignored(ConfigJson config) {
        int layers = config.count("num_hidden_layers");
        StringBuilder pattern =
                new StringBuilder(CheckpointNames.PLAIN.ignored().pattern());
        for (int i = 0; i < config.whole(0, "num_nextn_predict_layers"); i++) {
            pattern.append("|model\\.layers\\.").append(layers + i).append("\\..*");
        }
        return Pattern.compile(pattern.toString());
    }

    private static LatentAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        int heads = parts.heads();
        int rotated = config.count("qk_rope_head_dim");
        int plain = config.count("qk_nope_head_dim");
        int values = config.count("v_head_dim");
        int rank = config.count("kv_lora_rank");
        boolean biased = config.flag("attention_bias", false);
        String name = parts.name(layer, "self_attn");
        double scaling = Math.pow(plain + rotated, -0.5) * RopeConfig.scoreFactor(config);
        boolean direct = !config.has("q_lora_rank");
        int queries = heads * (plain + rotated);
        return new LatentAttention(
                new AttentionCore(layer, heads, plain + rotated, values, scaling, Reach.ALL, 0),
                direct ? null : narrowed(parts, name + ".q_a", config.count("q_lora_rank"), biased),
                direct
                        ? Linear.of(name + ".q_proj", parts.hidden(), queries, false)
                        : Linear.of(name + ".q_b_proj", config.count("q_lora_rank"), queries, false),
                Linear.of(name + ".kv_a_proj_with_mqa", parts.hidden(), rank + rotated, biased),
                RmsNorm.of(name + ".kv_a_layernorm", rank, LATENT_EPSILON),
                Linear.of(name + ".kv_b_proj", rank, heads * (plain + values), false),
                Linear.of(name + ".o_proj", heads * values, parts.hidden(), biased),
                RopeConfig.of(config, rotated),
                config.flag("rope_interleave", true) ? Rope.Pairing.NEIGHBOURS : Rope.Pairing.HALVES);
    }

    private static LatentAttention.DownProjection narrowed(LlamaParts parts, String name, int rank, boolean biased) {
        return new LatentAttention.DownProjection(
                Linear.of(name + "_proj", parts.hidden(), rank, biased),
                RmsNorm.of(name + "_layernorm", rank, LATENT_EPSILON));
    }

    /**
     * Makes the MLP of one of the first layers, or a later one's experts beside the shared one.
     *
     * @param experts how many there are where the config doesn't say so
     */
    static FeedForward feedForward(LlamaParts parts, int layer, int experts) {
        ConfigJson config = parts.config();
        if (layer < config.whole(0, "first_k_dense_replace")) {
            return parts.mlp(layer);
        }
        String name = parts.name(layer, "mlp");
        int count = config.experts(experts, "n_routed_experts", "num_local_experts");
        ExpertCounts.requireFew(parts, count);
        int inner = config.count("moe_intermediate_size");
        int shared = config.whole(0, "n_shared_experts");
        return new MixtureOfExperts(
                router(parts, name + ".gate", count),
                parts.experts(name + ".experts", count, inner),
                MixtureOfExperts.Weighed.OUTPUT,
                shared == 0 ? null : parts.mlp(name + ".shared_experts", shared * inner));
    }

    private static GroupedRouter router(LlamaParts parts, String name, int count) {
        ConfigJson config = parts.config();
        int groups = config.count("n_group", 1);
        int kept = config.count("topk_group", 1);
        int chosen = ExpertCounts.chosen(parts, 8, count);
        if (count % groups != 0 || kept > groups || (kept < groups && count / groups < 2)) {
            throw config.error("n_routed_experts is " + count + ", n_group " + groups + " and topk_group " + kept
                    + ", but groups must be of one size, two experts or more, and no more can be kept than there are.");
        }
        if (chosen > count / groups * kept) {
            throw config.error("num_experts_per_tok is " + chosen + " but topk_group leaves " + count / groups * kept
                    + " experts to choose from.");
        }
        return new GroupedRouter(
                new Parameter(name + ".weight", Parameter.Role.ROUTER, count, parts.hidden()),
                new Parameter(name + ".e_score_correction_bias", Parameter.Role.BUFFER, count),
                new ExpertKernels.Grouping(chosen, groups, kept),
                config.flag("norm_topk_prob", true),
                config.number("routed_scaling_factor", 2.5));
    }
}
