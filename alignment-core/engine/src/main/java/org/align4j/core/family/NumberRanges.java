package org.align4j.core.family;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Within which bounds the numbers of a {@code config.json} lie, by their keys: beyond them nothing that was computed would be finite or mean anything. */
final class NumberRanges {
    private static final double LARGEST = 1e9;
    private static final Range ANY = new Range(-LARGEST, true, LARGEST);
    private static final Range EPSILON = new Range(0, false, 1);
    private static final Range THETA = new Range(1, false, 1e12);
    private static final Range FACTOR = new Range(0, false, LARGEST);
    private static final Range CAP = new Range(0, true, LARGEST);
    private static final Map<String, Range> BY_KEY = byKey();

    private NumberRanges() {}

    /**
     * The numbers that a key may hold.
     *
     * @param least the least one
     * @param included whether that is one itself
     * @param most the largest one
     */
    record Range(double least, boolean included, double most) {
        boolean holds(double value) {
            return (included ? value >= least : value > least) && value <= most;
        }

        @Override
        public String toString() {
            return (included ? "at least " : "above ") + text(least) + " and at most " + text(most);
        }

        private static String text(double bound) {
            return bound == Math.rint(bound) && Math.abs(bound) < LARGEST
                    ? String.valueOf((long) bound)
                    : String.valueOf(bound).replace(".0E", "e");
        }
    }

    private static Map<String, Range> byKey() {
        Map<String, Range> ranges = new HashMap<>();
        put(ranges, EPSILON, "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon");
        put(ranges, THETA, "rope_theta", "rotary_emb_base", "rope_local_base_freq");
        put(
                ranges,
                FACTOR,
                "factor",
                "low_freq_factor",
                "high_freq_factor",
                "attention_factor",
                "short_factor",
                "long_factor",
                "original_max_position_embeddings",
                "beta_fast",
                "beta_slow",
                "query_pre_attn_scalar",
                "routed_scaling_factor",
                "floor_scale",
                "embedding_multiplier",
                "attention_multiplier",
                "residual_multiplier",
                "logits_scaling",
                "logit_scale",
                "moe_norm_min");
        put(
                ranges,
                CAP,
                "attn_logit_softcapping",
                "final_logit_softcapping",
                "mscale",
                "mscale_all_dim",
                "attn_scale",
                "llama_4_scaling_beta");
        return Map.copyOf(ranges);
    }

    private static void put(Map<String, Range> ranges, Range range, String... keys) {
        List.of(keys).forEach(key -> ranges.put(key, range));
    }

    /** Returns the bounds of a key; of one that is not listed those of any number. */
    static Range of(String key) {
        return BY_KEY.getOrDefault(key, ANY);
    }
}
