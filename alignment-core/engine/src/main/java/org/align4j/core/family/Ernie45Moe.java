package org.align4j.core.family;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router.BiasedSoftmaxRouter;
import org.align4j.core.model.layer.GroupedAttention.Placing;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;

/**
 * ERNIE 4.5's mixtures of experts (Baidu 2025): its dense models with many small experts beside shared ones in most layers. The layers that
 * predict further tokens are left alone.
 */
final class Ernie45Moe implements Family {
    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("num_key_value_heads", 4),
            Map.entry("rms_norm_eps", 1e-5),
            Map.entry("rope_theta", 500_000),
            Map.entry("max_position_embeddings", 131_072),
            Map.entry("tie_word_embeddings", true),
            Map.entry("moe_intermediate_size", 1536),
            Map.entry("moe_num_shared_experts", 2),
            Map.entry("moe_layer_start_index", 1),
            Map.entry("moe_layer_end_index", -1),
            Map.entry("moe_layer_interval", 1),
            Map.entry("moe_norm_min", 1e-12));

    private static final CheckpointNames NAMES = new CheckpointNames(
                    List.of(), Pattern.compile(CheckpointNames.PLAIN.ignored().pattern() + "|.*mtp.*"))
            .with(LlamaParts.STACKS);

    @Override
    public Set<String> architectures() {
        return Set.of("Ernie4_5_MoeForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("use_bias", "attention_bias", "mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS));
        return parts.decoder(
                NAMES,
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        parts.attention(i, LlamaParts.Biases.NOWHERE).with(Placing.NEIGHBOURS),
                        parts.norm(i, "post_attention_layernorm"),
                        feedForward(parts, i)));
    }

    private static boolean isSparse(ConfigJson config, int layer) {
        double last = config.requiredNumber("moe_layer_end_index");
        return (layer + 1) % config.count("moe_layer_interval") == 0
                && layer >= config.whole(0, "moe_layer_start_index")
                && (last == -1 || layer <= last);
    }

    private static FeedForward feedForward(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        if (!isSparse(config, layer)) {
            return parts.mlp(layer);
        }
        String name = parts.name(layer, "mlp");
        int count = config.experts(64, "moe_num_experts", "num_experts");
        int chosen = config.whole(config.count("num_experts_per_tok", 6), "moe_k");
        ExpertCounts.requireFew(parts, count);
        if (chosen < 1 || chosen > count) {
            throw config.error("moe_k is " + chosen + " but must be from 1 to the number of experts, " + count + ".");
        }
        int inner = config.count("moe_intermediate_size");
        int shared = config.whole(0, "moe_num_shared_experts");
        return new MixtureOfExperts(
                new BiasedSoftmaxRouter(
                        new Parameter(name + ".gate.weight", Parameter.Role.ROUTER, count, parts.hidden()),
                        new Parameter(name + ".moe_statics.e_score_correction_bias", Parameter.Role.BUFFER, 1, count),
                        chosen,
                        config.requiredNumber("moe_norm_min")),
                parts.experts(name + ".experts", count, inner),
                MixtureOfExperts.Weighed.OUTPUT,
                shared == 0 ? null : parts.mlp(name + ".shared_experts", shared * inner));
    }
}
