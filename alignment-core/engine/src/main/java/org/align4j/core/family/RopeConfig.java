package org.align4j.core.family;

import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Rope;

/** Reads rotary positions from a config, in both spellings. */
final class RopeConfig {
    private static final String SHARE = "partial_rotary_factor";
    private static final int WIDEST = 1 << 16;

    private RopeConfig() {}

    /** {@code theta^(-2i/d)} (Su et al. 2021). */
    private static float[] frequencies(double theta, int dimensions) {
        if (dimensions < 2 || dimensions % 2 != 0 || dimensions > WIDEST) {
            throw new InputException("config.json makes heads of which " + dimensions
                    + " numbers are rotated, but an even number from 2 to " + WIDEST
                    + " is required; the file is damaged or made for something else.");
        }
        float[] result = new float[dimensions / 2];
        for (int i = 0; i < result.length; i++) {
            float exponent = (float) (2 * i) / dimensions;
            result[i] = 1.0f / (float) Math.pow((float) theta, exponent);
        }
        return result;
    }

    /** The plain rotation of a theta. */
    static Rope plain(double theta, int dimensions) {
        return new Rope(frequencies(theta, dimensions), 1);
    }

    /**
     * The rotation of whole heads from {@code rope_parameters}, or {@code rope_theta} and {@code rope_scaling}.
     *
     * @throws org.align4j.core.error.InputException for a kind that is not known, or where only a share is rotated
     */
    static Rope of(ConfigJson config, int headWidth) {
        requireWhole(config, share(config, 1));
        return of(ropeOf(config), config, headWidth);
    }

    /**
     * Reads the frequencies of a family that rotates {@code partial_rotary_factor} of each head; {@code otherwise} where it
     * isn't given.
     *
     * @throws org.align4j.core.error.InputException where that is no share
     */
    static Rope ofShare(ConfigJson config, int headWidth, double otherwise) {
        double share = share(config, otherwise);
        if (!(share > 0 && share <= 1)) {
            throw config.error(
                    "\"" + SHARE + "\" (or \"rotary_pct\") is " + share + " but must be above 0 and at most 1.");
        }
        return of(ropeOf(config), config, (int) (headWidth * share));
    }

    /**
     * Reads the rotation of whole heads of one type of layer; an absent type has a plain rotation.
     *
     * @param all what {@code rope_parameters} holds for each type
     * @param windowed which of the two types
     * @param theta of a type that has none; {@code rope_theta} beside {@code all}, where given, counts for the layers that see everything
     */
    static Rope ofType(ConfigJson all, ConfigJson config, boolean windowed, int headWidth, double theta) {
        if (all.has("rope_type") || all.has("rope_theta")) {
            throw all.error("rope_parameters has one set for all layers, but this family has one for each layer type, "
                    + "full_attention and sliding_attention.");
        }
        ConfigJson own = all.child(windowed ? "sliding_attention" : "full_attention")
                .orElseGet(config::empty)
                .withDefaults(Map.of("rope_theta", windowed ? theta : config.number("rope_theta", theta)));
        requireWhole(own, own.number(SHARE, 1));
        return of(own, config, headWidth);
    }

    /**
     * Reads a theta stretched by a fixed number (HunYuan): {@code theta * alpha^(d / (d - 2))}, which its files call dynamic; empty for
     * every other kind.
     */
    static Optional<Rope> stretched(ConfigJson config, int headWidth) {
        ConfigJson rope = parameters(config);
        double alpha = rope.number("alpha", 0);
        if (!kind(rope).equals("dynamic") || alpha == 0) {
            return Optional.empty();
        }
        requireWhole(config, share(config, 1));
        double theta = theta(rope, config) * Math.pow(alpha, headWidth / (headWidth - 2.0));
        return Optional.of(plain(theta, headWidth));
    }

    private static double theta(ConfigJson rope, ConfigJson config) {
        return rope.number("rope_theta", config.number("rope_theta", config.number("rotary_emb_base", 10_000)));
    }

    private static void requireWhole(ConfigJson where, double share) {
        if (share != 1) {
            throw where.error("\"" + SHARE + "\" is " + share + ", but this family rotates whole heads; the results "
                    + "would be wrong.");
        }
    }

    private static double share(ConfigJson config, double otherwise) {
        return ropeOf(config).number(SHARE, config.number(SHARE, otherwise));
    }

    private static ConfigJson ropeOf(ConfigJson config) {
        ConfigJson rope = parameters(config);
        if (rope.child("full_attention").isPresent()
                || rope.child("sliding_attention").isPresent()) {
            throw config.error("rope_parameters has different layer types, which this family does not.");
        }
        return rope;
    }

    /**
     * The rotation of one set of parameters.
     *
     * @param rope the set
     * @param config what it is in
     */
    static Rope of(ConfigJson rope, ConfigJson config, int dimensions) {
        double theta = theta(rope, config);
        float[] plain = frequencies(theta, dimensions);
        String kind = kind(rope);
        return switch (kind) {
            case "default" -> new Rope(plain, 1);
            case "linear" -> new Rope(scaled(plain, rope.requiredNumber("factor")), 1);
            case "llama3" -> new Rope(llama3(plain, rope), 1);
            case "yarn" -> Yarn.of(config, rope, theta, dimensions).rope(plain);
            case "longrope", "su" -> longrope(plain, rope, config);
            default ->
                throw rope.error(
                        "rope_type is \"" + kind + "\" but default, linear, llama3, yarn and longrope are known; "
                                + "the results would be wrong.");
        };
    }

    /** The object that says how positions are scaled, {@code rope_parameters} or {@code rope_scaling}; empty where there is none. */
    static ConfigJson parameters(ConfigJson config) {
        return config.child("rope_parameters")
                .or(() -> config.child("rope_scaling"))
                .orElseGet(config::empty);
    }

    private static String kind(ConfigJson rope) {
        return rope.text("rope_type", rope.text("type", "default"));
    }

    private static float[] scaled(float[] frequencies, double factor) {
        float[] result = new float[frequencies.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = frequencies[i] / (float) factor;
        }
        return result;
    }

    /** Each frequency divided by a factor of its own, by other ones in long sequences (Ding et al. 2024). */
    private static Rope longrope(float[] plain, ConfigJson rope, ConfigJson config) {
        String field = "original_max_position_embeddings";
        int limit = config.count("max_position_embeddings");
        int original = rope.count(field, config.count(field, limit));
        double factor = rope.number("factor", (double) limit / original);
        double grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        return new Rope(
                divided(plain, rope, "short_factor"),
                rope.number("attention_factor", grown),
                new Rope.LongRope(original, divided(plain, rope, "long_factor")));
    }

    private static float[] divided(float[] frequencies, ConfigJson rope, String field) {
        double[] factors = rope.numbers(field);
        if (factors.length != frequencies.length) {
            throw rope.error(field + " has " + factors.length + " numbers but " + frequencies.length
                    + " pairs of dimensions are rotated.");
        }
        float[] result = new float[frequencies.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = frequencies[i] / (float) factors[i];
        }
        return result;
    }

    /** Llama 3.1: long wavelengths divided, short ones kept, between them interpolated. */
    private static float[] llama3(float[] frequencies, ConfigJson rope) {
        double factor = rope.requiredNumber("factor");
        double low = rope.requiredNumber("low_freq_factor");
        double high = rope.requiredNumber("high_freq_factor");
        double original = rope.requiredNumber("original_max_position_embeddings");
        float[] result = new float[frequencies.length];
        for (int i = 0; i < result.length; i++) {
            float f = frequencies[i];
            double wavelength = 2 * Math.PI / f;
            if (wavelength > original / low) {
                result[i] = (float) (f / factor);
            } else if (wavelength < original / high) {
                result[i] = f;
            } else {
                double smooth = (original / wavelength - low) / (high - low);
                result[i] = (float) ((1 - smooth) * f / factor + smooth * f);
            }
        }
        return result;
    }

    /**
     * What DeepSeek multiplies scores by where positions are scaled: the square of yarn's factor for {@code mscale_all_dim}; 1
     * without it.
     */
    static double scoreFactor(ConfigJson config) {
        ConfigJson rope = parameters(config);
        double all = kind(rope).equals("default") ? 0 : rope.number("mscale_all_dim", 0);
        double factor = all == 0 ? 1 : Yarn.growth(rope.requiredNumber("factor"), all);
        return factor * factor;
    }

    /**
     * YaRN (Peng et al. 2023): frequencies that turn often within the original length stay, those that turn seldom are divided by
     * the factor, and a ramp over the dimensions lies between; cosine and sine are multiplied by a number that grows with the factor.
     *
     * @param factor how much longer than the original length
     * @param low first dimension of the ramp, not always whole
     * @param high last dimension of the ramp
     * @param attentionFactor multiplies cosine and sine
     */
    private record Yarn(double factor, double low, double high, double attentionFactor) {
        private static final double LEAST_RAMP = 0.001;

        /** Reads YaRN's parameters from the fields of {@code rope_parameters} or {@code rope_scaling}. */
        static Yarn of(ConfigJson config, ConfigJson rope, double theta, int dimensions) {
            double original =
                    rope.number("original_max_position_embeddings", config.number("max_position_embeddings", 0));
            if (original <= 0) {
                throw rope.error("\"original_max_position_embeddings\" is missing; yarn needs it.");
            }
            double factor = rope.number("factor", config.number("max_position_embeddings", original) / original);
            double low = dimension(or(rope, "beta_fast", 32), theta, dimensions, original);
            double high = dimension(or(rope, "beta_slow", 1), theta, dimensions, original);
            boolean whole = rope.flag("truncate", true);
            return new Yarn(
                    factor,
                    Math.max(whole ? Math.floor(low) : low, 0),
                    Math.min(whole ? Math.ceil(high) : high, dimensions - 1),
                    rope.number("attention_factor", impliedFactor(rope, factor)));
        }

        /** The default where the field is missing or 0. */
        private static double or(ConfigJson rope, String name, double otherwise) {
            double value = rope.number(name, otherwise);
            return value == 0 ? otherwise : value;
        }

        private static double impliedFactor(ConfigJson rope, double factor) {
            double scale = rope.number("mscale", 0);
            double all = rope.number("mscale_all_dim", 0);
            return scale == 0 || all == 0 ? growth(factor, 1) : growth(factor, scale) / growth(factor, all);
        }

        /** {@code 1 + 0.1 * scale * log(factor)}. */
        static double growth(double factor, double scale) {
            return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
        }

        /** The dimension whose frequency turns so often within the original length. */
        private static double dimension(double turns, double theta, int dimensions, double original) {
            return dimensions * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }

        Rope rope(float[] frequencies) {
            float[] result = new float[frequencies.length];
            float span = (float) ((high == low ? high + LEAST_RAMP : high) - low);
            for (int i = 0; i < result.length; i++) {
                float ramp = Math.min(1, Math.max(0, (float) (i - low) / span));
                float scaled = frequencies[i] / (float) factor;
                float kept = 1 - ramp;
                result[i] = scaled * (1 - kept) + frequencies[i] * kept;
            }
            return new Rope(result, attentionFactor);
        }
    }
}
