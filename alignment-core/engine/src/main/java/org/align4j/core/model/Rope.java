package org.align4j.core.model;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds the frequencies of rotary position embeddings.
 *
 * @param inverseFrequencies one for each pair of dimensions, radians a position, fp32 as the checkpoints' makers compute them
 * @param attentionFactor multiplies cosine and sine (yarn, longrope); 1 otherwise
 * @param longer null: the same for sequences of every length
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below: layers with one rotation share its angles
public record Rope(
        float[] inverseFrequencies,
        double attentionFactor,
        @Nullable LongRope longer) {

    /**
     * The frequencies that every token of a long sequence has instead (longrope, Ding et al. 2024).
     *
     * @param than tokens; a sequence of more is long
     */
    @SuppressWarnings("ArrayRecordComponent") // equality is by content, below
    public record LongRope(int than, float[] inverseFrequencies) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof LongRope that
                    && than == that.than
                    && Arrays.equals(inverseFrequencies, that.inverseFrequencies);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(inverseFrequencies) + than;
        }

        @Override
        public String toString() {
            return "LongRope[than " + than + " tokens]";
        }
    }

    /** Makes rotary positions whose frequencies hold for sequences of every length. */
    public Rope(float[] inverseFrequencies, double attentionFactor) {
        this(inverseFrequencies, attentionFactor, null);
    }

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
                && attentionFactor == that.attentionFactor
                && Objects.equals(longer, that.longer);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(inverseFrequencies) + Double.hashCode(attentionFactor))
                + Objects.hashCode(longer);
    }

    @Override
    public String toString() {
        return "Rope[" + inverseFrequencies.length + " frequencies, factor " + attentionFactor + "]";
    }

    /**
     * Cosines of {@code [N, D / 2]} angles, row-major.
     *
     * @param lengths {@code [N]} of the tokens' sequences
     */
    float[] cosines(int[] positions, int[] lengths) {
        return angles(positions, lengths, true);
    }

    /** Sines of {@code [N, D / 2]} angles, row-major. */
    float[] sines(int[] positions, int[] lengths) {
        return angles(positions, lengths, false);
    }

    private float[] angles(int[] positions, int[] lengths, boolean cosine) {
        int width = inverseFrequencies.length;
        float[] result = new float[positions.length * width];
        for (int n = 0; n < positions.length; n++) {
            boolean isLong = longer != null && lengths[n] > longer.than();
            float[] own = longer != null && isLong ? longer.inverseFrequencies() : inverseFrequencies;
            for (int i = 0; i < width; i++) {
                float angle = positions[n] * own[i];
                result[n * width + i] = (float) ((cosine ? Math.cos(angle) : Math.sin(angle)) * attentionFactor);
            }
        }
        return result;
    }
}
