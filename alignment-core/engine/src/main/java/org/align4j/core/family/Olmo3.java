package org.align4j.core.family;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Reach;
import org.align4j.core.model.Rope;
import org.align4j.core.model.layer.GroupedAttention;
import org.align4j.core.model.layer.RmsNorm;

/** OLMo 3 (OLMo Team 2025): OLMo 2 with a window on three of four layers, whose positions are never scaled. */
final class Olmo3 implements Family {
    private static final double THETA = 500_000;

    private static final Map<String, Object> DEFAULTS = defaults();

    private static Map<String, Object> defaults() {
        Map<String, Object> all = new HashMap<>(Olmo2.DEFAULTS);
        all.put("sliding_window", 4096);
        return Map.copyOf(all);
    }

    @Override
    public Set<String> architectures() {
        return Set.of("Olmo3ForCausalLM");
    }

    @Override
    public Decoder decoder(ConfigJson given) {
        given.requireOff("mlp_bias");
        LlamaParts parts = LlamaParts.of(given.withDefaults(DEFAULTS)).with(RmsNorm.Gain.WEIGHT);
        return parts.decoderOfPostNorms(i -> attention(parts, i));
    }

    private static GroupedAttention attention(LlamaParts parts, int layer) {
        ConfigJson config = parts.config();
        boolean windowed = Windows.has(config, layer, i -> (i + 1) % 4 != 0);
        Reach reach = windowed ? Windows.required(config) : Reach.ALL;
        return parts.attention(layer, LlamaParts.Biases.of(config), rope(config, windowed, parts.headWidth()))
                .with(parts.wholeNorms(layer))
                .with(parts.core(layer).within(reach));
    }

    /** The scaling of an old file is that of the layers that see everything. */
    private static Rope rope(ConfigJson config, boolean windowed, int width) {
        ConfigJson all = config.child("rope_parameters").orElse(null);
        if (all != null) {
            return RopeConfig.ofType(all, config, windowed, width, THETA);
        }
        return windowed
                ? RopeConfig.plain(THETA, width)
                : RopeConfig.of(config.withDefaults(Map.of("rope_theta", THETA)), width);
    }
}
