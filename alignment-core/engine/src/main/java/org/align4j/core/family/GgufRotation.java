package org.align4j.core.family;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Map;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufTensor;

/** How positions are rotated, as a GGUF file says it and as a config does. */
final class GgufRotation {
    private static final double LOCAL_THETA = 10_000;
    private static final String FACTORS = "rope_freqs.weight";
    private static final String SHORT = "rope_factors_short.weight";
    private static final String LONG = "rope_factors_long.weight";
    private static final String BASE = ".rope.freq_base";
    private static final String LOCAL_BASE = ".rope.freq_base_swa";
    private static final String DIMENSIONS = ".rope.dimension_count";
    private static final String KIND = ".rope.scaling.type";
    private static final String FACTOR = ".rope.scaling.factor";
    private static final String ORIGINAL = ".rope.scaling.original_context_length";
    private static final String ATTENTION = ".rope.scaling.attn_factor";
    private static final String FAST = ".rope.scaling.yarn_beta_fast";
    private static final String SLOW = ".rope.scaling.yarn_beta_slow";

    private GgufRotation() {}

    /** What is filled: fields under the architecture's name, and tensors of factors. */
    record Into(GgufArchitecture architecture, GgufFields fields, Map<String, float[]> tensors) {
        void fraction(String name, double value) {
            fields.fraction(architecture.gguf() + name, value);
        }

        void whole(String name, long value) {
            fields.whole(architecture.gguf() + name, value);
        }

        void text(String name, String value) {
            fields.text(architecture.gguf() + name, value);
        }
    }

    /**
     * Describes a config's rotation.
     *
     * @param otherwise the share of a head that is rotated where the config doesn't say
     */
    static void describe(Into into, ConfigJson config, int headWidth, double otherwise) {
        ConfigJson all = config.child("rope_parameters")
                .or(() -> config.child("rope_scaling"))
                .orElseGet(config::empty);
        ConfigJson rope = all.child("full_attention").orElse(all);
        double share = rope.number("partial_rotary_factor", config.number("partial_rotary_factor", otherwise));
        int dimensions = (int) (headWidth * share);
        double theta = rope.number("rope_theta", config.number("rope_theta", config.number("rotary_emb_base", 10_000)));
        into.fraction(BASE, theta);
        into.whole(DIMENSIONS, dimensions);
        double local = all.child("sliding_attention")
                .map(each -> each.number("rope_theta", LOCAL_THETA))
                .orElse(config.number("rope_local_base_freq", LOCAL_THETA));
        if (into.architecture() == GgufArchitecture.GEMMA3 && local != LOCAL_THETA) {
            into.fraction(LOCAL_BASE, local);
        }
        scaling(into, config, rope, dimensions, theta);
    }

    private static void scaling(Into into, ConfigJson config, ConfigJson rope, int dimensions, double theta) {
        String kind = rope.text("rope_type", rope.text("type", "default"));
        boolean phi = into.architecture() == GgufArchitecture.PHI3;
        switch (kind) {
            case "linear" -> {
                into.text(KIND, "linear");
                into.fraction(FACTOR, rope.requiredNumber("factor"));
            }
            case "yarn" -> yarn(into, config, rope);
            case "llama3" -> {
                requireLlama(into, rope, kind);
                into.tensors()
                        .put(
                                FACTORS,
                                factors(RopeConfig.of(rope, config, dimensions).inverseFrequencies(), theta));
            }
            case "longrope", "su" -> longrope(into, config, rope);
            default -> {
                if (!kind.equals("default")) {
                    throw rope.error("rope_type is \"" + kind + "\", which can't be said in a GGUF file.");
                }
            }
        }
        if (phi && !kind.equals("longrope") && !kind.equals("su")) {
            into.whole(ORIGINAL, config.count("original_max_position_embeddings", 4096));
        }
    }

    private static void requireLlama(Into into, ConfigJson rope, String kind) {
        if (!into.architecture().gguf().equals("llama")) {
            throw rope.error("rope_type is \"" + kind + "\", which a GGUF file of the architecture "
                    + into.architecture().gguf() + " can't say.");
        }
    }

    private static void yarn(Into into, ConfigJson config, ConfigJson rope) {
        for (String field : new String[] {"attention_factor", "mscale", "mscale_all_dim", "truncate"}) {
            if (rope.has(field)) {
                throw rope.error("\"" + field + "\" of yarn can't be said in a GGUF file; the answers would differ.");
            }
        }
        double original = rope.number("original_max_position_embeddings", config.number("max_position_embeddings", 0));
        into.text(KIND, "yarn");
        into.fraction(FACTOR, rope.number("factor", config.number("max_position_embeddings", original) / original));
        into.whole(ORIGINAL, (long) original);
        if (rope.has("beta_fast")) {
            into.fraction(FAST, rope.number("beta_fast", 32));
        }
        if (rope.has("beta_slow")) {
            into.fraction(SLOW, rope.number("beta_slow", 1));
        }
    }

    private static void longrope(Into into, ConfigJson config, ConfigJson rope) {
        float[] near = floats(rope.numbers("short_factor"));
        float[] far = floats(rope.numbers("long_factor"));
        if (into.architecture() != GgufArchitecture.PHI3) {
            requireLlama(into, rope, "longrope");
            if (!Arrays.equals(near, far) || rope.number("attention_factor", 0) != 1) {
                throw rope.error("rope_type longrope with factors that change can't be said in a GGUF file of the"
                        + " architecture llama.");
            }
            into.tensors().put(FACTORS, near);
            return;
        }
        int limit = config.count("max_position_embeddings");
        String field = "original_max_position_embeddings";
        int original = rope.count(field, config.count(field, limit));
        double factor = rope.number("factor", (double) limit / original);
        double grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        into.text(KIND, "longrope");
        into.whole(ORIGINAL, original);
        into.fraction(ATTENTION, rope.number("attention_factor", grown));
        into.tensors().put(LONG, far);
        into.tensors().put(SHORT, near);
    }

    /** What each plain frequency is divided by. */
    private static float[] factors(float[] frequencies, double theta) {
        float[] plain = RopeConfig.plain(theta, 2 * frequencies.length).inverseFrequencies();
        float[] result = new float[frequencies.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) ((double) plain[i] / frequencies[i]);
        }
        return result;
    }

    private static float[] floats(double[] numbers) {
        float[] result = new float[numbers.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) numbers[i];
        }
        return result;
    }

    /** Says a file's rotation in a config. */
    static void configure(ObjectNode config, GgufArchitecture architecture, GgufFile file, int headWidth) {
        GgufFields fields = file.fields();
        String name = architecture.gguf();
        config.put("rope_theta", fields.number(name + BASE, 10_000));
        double share = (double) fields.whole(name + DIMENSIONS, headWidth, headWidth) / headWidth;
        if (architecture == GgufArchitecture.GPTNEOX) {
            config.put("rotary_pct", share);
        } else if (share != 1) {
            config.put("partial_rotary_factor", share);
        }
        if (architecture == GgufArchitecture.GEMMA3) {
            config.put("rope_local_base_freq", fields.number(name + LOCAL_BASE, LOCAL_THETA));
        }
        String kind = fields.text(name + KIND);
        GgufTensor near = file.find(SHORT);
        GgufTensor far = file.find(LONG);
        GgufTensor factors = file.find(FACTORS);
        if (near != null && far != null) {
            longrope(config, near, far).put("attention_factor", fields.number(name + ATTENTION, 1));
            config.put("original_max_position_embeddings", fields.count(name + ORIGINAL));
        } else if (factors != null) {
            longrope(config, factors, factors)
                    .put("attention_factor", 1.0)
                    .put(
                            "original_max_position_embeddings",
                            config.path("max_position_embeddings").asInt());
        } else if (kind != null && !kind.equals("none")) {
            ObjectNode rope = config.putObject("rope_scaling").put("rope_type", kind);
            rope.put("factor", fields.number(name + FACTOR, 1));
            if (fields.has(name + ORIGINAL)) {
                rope.put("original_max_position_embeddings", fields.count(name + ORIGINAL));
            }
            if (fields.has(name + FAST)) {
                rope.put("beta_fast", fields.number(name + FAST, 32));
            }
            if (fields.has(name + SLOW)) {
                rope.put("beta_slow", fields.number(name + SLOW, 1));
            }
        }
    }

    private static ObjectNode longrope(ObjectNode config, GgufTensor near, GgufTensor far) {
        ObjectNode rope = config.putObject("rope_scaling").put("rope_type", "longrope");
        put(rope.putArray("short_factor"), near);
        put(rope.putArray("long_factor"), far);
        return rope;
    }

    private static void put(ArrayNode into, GgufTensor factors) {
        for (float factor : factors.floats()) {
            into.add(factor);
        }
    }
}
