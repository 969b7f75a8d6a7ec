package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass;

/**
 * One forward of an adapted model over some rows: it says how likely the model finds their answers, and carries the derivatives of a
 * loss by these numbers back to the adapter. Whoever made it closes it, on the same thread.
 */
public final class ForwardPass implements AutoCloseable {
    private final Pass pass;
    private final RowLayout.Packed packed;
    private final LogProbs logProbs;

    ForwardPass(Pass pass, RowLayout.Packed packed) {
        this.pass = pass;
        this.packed = packed;
        this.logProbs = new LogProbs(pass.scores().logProbs(packed));
    }

    /** Returns how likely the model finds each token of the rows' answers. */
    public LogProbs logProbs() {
        return logProbs;
    }

    /**
     * Adds the gradient of a loss that depends on each token to what the adapter has gathered since its last step.
     *
     * @param derivatives {@code [rows][answers][tokens]} d loss / d log-probability of the token
     * @throws IllegalStateException where this pass had its backward
     */
    public void backward(double[][][] derivatives) {
        float[] packedDerivatives = new float[packed.batch().scored()];
        requireAsMany("rows", derivatives.length, packed.answers().size());
        for (int row = 0; row < derivatives.length; row++) {
            List<Span> spans = packed.answers().get(row);
            requireAsMany("answers", derivatives[row].length, spans.size());
            for (int answer = 0; answer < spans.size(); answer++) {
                add(packedDerivatives, spans.get(answer), derivatives[row][answer]);
            }
        }
        pass.backward(packedDerivatives);
    }

    /** Adds: equal answers to one prompt share its scores. */
    private static void add(float[] sums, Span span, double[] values) {
        requireAsMany("tokens", values.length, span.length());
        for (int t = 0; t < values.length; t++) {
            sums[span.from() + t] += (float) values[t];
        }
    }

    private static void requireAsMany(String what, int given, int required) {
        if (given != required) {
            throw new InputException(format(
                    "The derivatives have %d %s but this forward has %d; give one for each.", given, what, required));
        }
    }

    /**
     * Adds the gradient of a loss of whole answers to what the adapter has gathered since its last step.
     *
     * @param derivatives {@code [rows][answers]} d loss / d log-probability of the answer, which is the sum over its tokens
     * @throws IllegalStateException where this pass had its backward
     */
    public void backward(double[][] derivatives) {
        requireAsMany("rows", derivatives.length, logProbs.rows());
        double[][][] tokens = new double[derivatives.length][][];
        for (int row = 0; row < derivatives.length; row++) {
            requireAsMany("answers", derivatives[row].length, logProbs.row(row).length);
            tokens[row] = new double[derivatives[row].length][];
            for (int answer = 0; answer < tokens[row].length; answer++) {
                tokens[row][answer] = new double[logProbs.row(row)[answer].length];
                Arrays.fill(tokens[row][answer], derivatives[row][answer]);
            }
        }
        backward(tokens);
    }

    /** Says how likely each answer is. */
    @Override
    public String toString() {
        return logProbs.toString();
    }

    /** Frees what the backward would have needed. */
    @Override
    public void close() {
        pass.close();
    }
}
