package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;

/** The tokens of B rows end to end on a tape, and back to rows. */
final class Tokens {
    private final Var flat;
    private final int[] lengths;

    private Tokens(Var flat, int[] lengths) {
        this.flat = flat;
        this.lengths = lengths;
    }

    static Tokens variable(Tape tape, double[][] rows) {
        return new Tokens(tape.variable(flatten(rows)), lengths(rows));
    }

    static Tokens constant(Tape tape, double[][] rows) {
        return new Tokens(tape.constant(flatten(rows)), lengths(rows));
    }

    /** {@code [B]} sums over each row. */
    Var sums() {
        return flat.sums(lengths);
    }

    /** {@code [B]} sums over each row in which tokens from {@code heads[row]} on count {@code tailWeight}. */
    Var sums(int[] heads, double tailWeight) {
        double[] weights = new double[flat.size()];
        for (int row = 0, i = 0; row < lengths.length; row++) {
            for (int t = 0; t < lengths[row]; t++, i++) {
                weights[i] = t < heads[row] ? 1 : tailWeight;
            }
        }
        return flat.times(weights).sums(lengths);
    }

    int[] lengths() {
        return lengths;
    }

    /** {@code [B]} the lengths as divisors: at least 1. */
    double[] divisors() {
        double[] divisors = new double[lengths.length];
        for (int row = 0; row < divisors.length; row++) {
            divisors[row] = Math.max(1, lengths[row]);
        }
        return divisors;
    }

    /** {@code [B][T]} the gradient, row by row. */
    double[][] gradient() {
        double[] gradient = flat.gradient();
        double[][] rows = new double[lengths.length][];
        for (int row = 0, i = 0; row < rows.length; i += lengths[row++]) {
            rows[row] = new double[lengths[row]];
            System.arraycopy(gradient, i, rows[row], 0, lengths[row]);
        }
        return rows;
    }

    private static int[] lengths(double[][] rows) {
        int[] lengths = new int[rows.length];
        for (int row = 0; row < lengths.length; row++) {
            lengths[row] = rows[row].length;
        }
        return lengths;
    }

    private static double[] flatten(double[][] rows) {
        int size = 0;
        for (double[] row : rows) {
            size += row.length;
        }
        double[] flat = new double[size];
        int at = 0;
        for (double[] row : rows) {
            System.arraycopy(row, 0, flat, at, row.length);
            at += row.length;
        }
        return flat;
    }
}
