package org.align4j.ppo.loss;

import java.util.Arrays;

/** Holds ragged rows and the same numbers end to end. */
final class Rows {
    private Rows() {}

    static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    static int[] lengths(double[][] rows) {
        return Arrays.stream(rows).mapToInt(row -> row.length).toArray();
    }

    /** Lists for each token the row that it belongs to. */
    static int[] rowOfToken(int[] lengths) {
        int[] rows = new int[Arrays.stream(lengths).sum()];
        for (int row = 0, i = 0; row < lengths.length; row++) {
            Arrays.fill(rows, i, i += lengths[row], row);
        }
        return rows;
    }

    static double[][] ragged(double[] flat, int[] lengths) {
        double[][] rows = new double[lengths.length][];
        for (int row = 0, i = 0; row < lengths.length; row++) {
            rows[row] = Arrays.copyOfRange(flat, i, i += lengths[row]);
        }
        return rows;
    }
}
