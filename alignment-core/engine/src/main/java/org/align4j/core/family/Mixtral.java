package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.StackedNames;
import org.align4j.core.model.experts.Experts.SeparateExperts;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router.SoftmaxRouter;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.Mlp.GatedMlp;

/** Mixtral (Jiang et al. 2024): Mistral with a mixture of experts instead of each MLP, no window unless one is given. */
final class Mixtral implements Family {
    static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 8, "max_position_embeddings", 131_072, "rms_norm_eps", 1e-5, "rope_theta", 1e6);

    private static final CheckpointNames NAMES =
            CheckpointNames.PLAIN.with(new StackedNames("mlp", "block_sparse_moe", "w1", "w3", "w2"));

    @Override
    public Set<String> architectures() {
        return Set.of("MixtralForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("attention_bias", "mlp_bias");
        given.requireZero("router_jitter_noise");
        ConfigJson config = given.withDefaults(DEFAULTS);
        LlamaParts parts = LlamaParts.of(config);
        return parts.decoder(
                NAMES,
                i -> new PreNormLayer(
                        parts.norm(i, "input_layernorm"),
                        parts.attention(i, LlamaParts.Biases.NOWHERE)
                                .with(parts.core(i).within(Windows.everywhere(config))),
                        parts.norm(i, "post_attention_layernorm"),
                        mixture(parts, parts.name(i, "block_sparse_moe"))));
    }

    private static MixtureOfExperts mixture(LlamaParts parts, String name) {
        int count = parts.config().experts(8, "num_local_experts", "num_experts");
        return new MixtureOfExperts(
                new SoftmaxRouter(
                        Linear.router(name + ".gate", parts.hidden(), count),
                        ExpertCounts.chosen(parts, 2, count),
                        true),
                new SeparateExperts(IntStream.range(0, count)
                        .mapToObj(e -> expert(parts, name + ".experts." + e))
                        .toList()),
                MixtureOfExperts.Weighed.OUTPUT,
                null);
    }

    private static FeedForward expert(LlamaParts parts, String name) {
        int inner = parts.config().count("intermediate_size");
        return new GatedMlp(
                Linear.of(name + ".w1", parts.hidden(), inner, false),
                parts.activation(),
                Linear.of(name + ".w3", parts.hidden(), inner, false),
                Linear.of(name + ".w2", inner, parts.hidden(), false));
    }
}
