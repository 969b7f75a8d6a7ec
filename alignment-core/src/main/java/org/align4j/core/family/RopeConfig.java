package org.align4j.core.family;

import org.align4j.core.model.Rope;

/** Reads rotary positions from a config, in both spellings. */
final class RopeConfig {

    private RopeConfig() {}

    /** {@code theta^(-2i/d)} (Su et al. 2021). */
    private static float[] frequencies(double theta, int dimensions) {
        float[] result = new float[dimensions / 2];
        for (int i = 0; i < result.length; i++) {
            float exponent = (float) (2 * i) / dimensions;
            result[i] = 1.0f / (float) Math.pow((float) theta, exponent);
        }
        return result;
    }

    /**
     * The rotation of a model's positions from {@code rope_parameters}, or {@code rope_theta} and {@code rope_scaling}.
     *
     * @throws org.align4j.core.error.InputException for a kind that is not known
     */
    static Rope of(ConfigJson config, int dimensions) {
        ConfigJson rope = parameters(config);
        double theta = rope.number("rope_theta", config.number("rope_theta", config.number("rotary_emb_base", 10_000)));
        float[] plain = frequencies(theta, dimensions);
        String kind = kind(rope);
        return switch (kind) {
            case "default" -> new Rope(plain, 1);
            case "linear" -> new Rope(scaled(plain, rope.requiredNumber("factor")), 1);
            case "llama3" -> new Rope(llama3(plain, rope), 1);
            case "yarn" -> Yarn.of(config, rope, theta, dimensions).rope(plain);
            default ->
                throw rope.error(
                        "rope_type is \"" + kind + "\" but this family knows default, linear, llama3 and yarn; "
                                + "the results would be wrong.");
        };
    }

    private static ConfigJson parameters(ConfigJson config) {
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
}
