package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.policy.Pass;
import org.jspecify.annotations.Nullable;

/**
 * One forward of an adapted model over token sequences: it says how likely their targets are, and carries the derivatives of a loss back
 * to the adapter. Whoever made it closes it, on the same thread.
 */
public final class SequencePass implements AutoCloseable {
    private final Pass pass;
    private final SequencePack pack;
    private final SequenceScores scores;

    SequencePass(Pass pass, SequencePack pack) {
        this.pass = pass;
        this.pack = pack;
        this.scores = pack.scores(pass.scores());
    }

    /** Returns log-probabilities and entropies. */
    public SequenceScores scores() {
        return scores;
    }

    /** Returns the log-probabilities of the targets, {@code [sequences][T][K]}. */
    public double[][][] logProbs() {
        return scores.logProbs();
    }

    /**
     * Adds the gradient of a loss of log-probabilities to what the adapter has gathered since its last step.
     *
     * @param derivatives {@code [sequences][T][K]} d loss / d log-probability
     * @throws InputException where there are not as many, or one is not finite; nothing was added
     * @throws IllegalStateException where this pass had its backward
     */
    public void backward(double[][][] derivatives) {
        differentiate(derivatives, null);
    }

    /**
     * Adds the gradient of a loss that depends on entropies too.
     *
     * @param derivatives {@code [sequences][T][K]} d loss / d log-probability
     * @param ofEntropies {@code [sequences][T]} d loss / d entropy; what stands at a position without targets is not read
     * @throws InputException where there are not as many, or one is not finite; nothing was added
     * @throws IllegalStateException where this pass had its backward
     */
    public void backward(double[][][] derivatives, double[][] ofEntropies) {
        differentiate(derivatives, ofEntropies);
    }

    private void differentiate(double[][][] derivatives, double @Nullable [][] ofEntropies) {
        pass.backward(pack.gradients(derivatives, ofEntropies));
    }

    static void requireAsMany(String what, int given, int required) {
        if (given != required) {
            throw new InputException(format(
                    "The derivatives have %,d %s but this forward has %,d; give one for each.", given, what, required));
        }
    }

    /** Says how likely the targets of each sequence are. */
    @Override
    public String toString() {
        return scores.toString();
    }

    /** Frees what the backward would have needed. */
    @Override
    public void close() {
        pass.close();
    }
}
