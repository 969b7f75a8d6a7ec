package org.align4j.core.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rotary embedding frequencies.
 *
 * @param inverseFrequencies one for each pair of dimensions, radians a position, fp32 as the checkpoints' makers compute them
 * @param attentionFactor multiplies cosine and sine (yarn, longrope); 1 otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below: layers with one rotation share its angles
public record Rope(float[] inverseFrequencies, double attentionFactor) {

    /** Which two dimensions of a head turn together. */
    public enum Pairing {
        /** One of the first half and one of the second. */
        HALVES,
        /** Neighbours, as in the complex numbers of the original code (Llama 4, DeepSeek). */
        NEIGHBOURS
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Rope that
                && Arrays.equals(inverseFrequencies, that.inverseFrequencies)
                && attentionFactor == that.attentionFactor;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(inverseFrequencies) + Double.hashCode(attentionFactor);
    }

    @Override
    public String toString() {
        return "Rope[" + inverseFrequencies.length + " frequencies, factor " + attentionFactor + "]";
    }

    /** Cosines of {@code [N, D / 2]} angles, row-major. */
    float[] cosines(int[] positions) {
        return angles(positions, true);
    }

    /** Sines of {@code [N, D / 2]} angles, row-major. */
    float[] sines(int[] positions) {
        return angles(positions, false);
    }

    private float[] angles(int[] positions, boolean cosine) {
        int width = inverseFrequencies.length;
        float[] result = new float[positions.length * width];
        for (int n = 0; n < positions.length; n++) {
            for (int i = 0; i < width; i++) {
                float angle = positions[n] * inverseFrequencies[i];
                result[n * width + i] = (float) ((cosine ? Math.cos(angle) : Math.sin(angle)) * attentionFactor);
            }
        }
        return result;
    }
}
