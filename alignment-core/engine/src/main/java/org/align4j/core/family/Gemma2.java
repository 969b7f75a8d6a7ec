package org.align4j.core.family;

import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Decoder.CheckpointNames;

/** Gemma 2 (Gemma Team 2024): soft caps on scores and logits, a window on every other layer. */
final class Gemma2 implements Family {
    static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 4,
            "head_dim", 256,
            "max_position_embeddings", 8192,
            "query_pre_attn_scalar", 256,
            "sliding_window", 4096,
            "attn_logit_softcapping", 50.0,
            "final_logit_softcapping", 30.0,
            "tie_word_embeddings", true);

    @Override
    public Set<String> architectures() {
        return Set.of("Gemma2ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        Gemma gemma = Gemma.of(given.withDefaults(DEFAULTS), "model");
        ConfigJson config = gemma.config();
        return gemma.decoder(CheckpointNames.PLAIN, i -> {
            boolean windowed = Windows.has(config, i, layer -> layer % 2 == 0);
            return gemma.layer(
                    i,
                    gemma.attention(
                            i, windowed, RopeConfig.of(config, gemma.parts().headWidth())));
        });
    }
}
