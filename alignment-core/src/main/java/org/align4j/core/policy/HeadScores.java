package org.align4j.core.policy;

import java.util.Arrays;

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
