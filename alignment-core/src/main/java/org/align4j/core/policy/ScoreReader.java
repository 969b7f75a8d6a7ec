package org.align4j.core.policy;

import java.util.Arrays;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Reads the scores of a model whose head gives them at chosen rows of a packed batch: a reward model's at each response's last token
 * ({@link PackedBatch#lastRows}), found from its length and never from a padding id. Scores are fp32 in every compute dtype.
 *
 * @param policy whose decoder has a head of scores
 */
public record ScoreReader(Policy policy) {

    /** @throws IllegalStateException if the decoder has no head of scores */
    public ScoreReader {
        policy.decoder().requireScores();
    }

    /** How many scores a row has. */
    public int labels() {
        return policy.decoder().requireScores().outputs();
    }

    /** Scores rows of a batch, at least one, with what is trained. */
    public HeadScores read(PackedBatch batch, int[] rows) {
        return read(batch, rows, policy.weights());
    }

    /** Scores rows of a batch, at least one, with other weights of the same decoder. */
    public HeadScores read(PackedBatch batch, int[] rows, Weights weights) {
        try (ScorePass pass = new ScorePass(policy, weights, batch, rows, Trunk.Mode.SCORE_ONLY, null)) {
            return pass.scores();
        }
    }

    /**
     * Makes the forward of a pass whose backward adds to the gradients of what is trained; the caller closes it, on the thread
     * that made it.
     *
     * @param rows that are scored, at least one
     * @param dropoutSeed null: dropout off
     */
    public ScorePass pass(PackedBatch batch, int[] rows, @Nullable Long dropoutSeed) {
        return new ScorePass(policy, policy.weights(), batch, rows, policy.recordingMode(), dropoutSeed);
    }

    /**
     * What a head of scores says of some rows of a packed batch.
     *
     * @param values {@code [rows * labels]} row by row
     * @param labels scores a row; 1 for a reward model
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record HeadScores(float[] values, int labels) {

        /** Rows read. */
        public int rows() {
            return values.length / labels;
        }

        /** One score of one row. */
        public double value(int row, int label) {
            return values[row * labels + label];
        }

        /** {@code [rows]} the scores of a head that gives one. */
        public double[] scalars() {
            if (labels != 1) {
                throw new IllegalStateException("The head gives " + labels + " scores a row, not one.");
            }
            double[] result = new double[values.length];
            Arrays.setAll(result, i -> values[i]);
            return result;
        }
    }
}
