package org.align4j.core.family;

import org.align4j.core.model.Rope;

/**
 * YaRN (Peng et al. 2023): frequencies that turn often within the original length stay, those that turn seldom are divided by
 * the factor, and a ramp over the dimensions lies between; cosine and sine are multiplied by a number that grows with the factor.
 *
 * @param factor how much longer than the original length
 * @param low first dimension of the ramp, not always whole
 * @param high last dimension of the ramp
 * @param attentionFactor multiplies cosine and sine
 */
record Yarn(double factor, double low, double high, double attentionFactor) {
    private static final double LEAST_RAMP = 0.001;

    /** From the fields of {@code rope_parameters} or {@code rope_scaling}. */
    static Yarn of(ConfigJson config, ConfigJson rope, double theta, int dimensions) {
        double original = rope.number("original_max_position_embeddings", config.number("max_position_embeddings", 0));
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
