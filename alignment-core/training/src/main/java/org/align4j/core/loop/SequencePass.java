package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import org.align4j.core.error.InputException;
import org.align4j.core.policy.LikeliestTokens;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.jspecify.annotations.Nullable;

/**
 * One forward of an adapted model over token sequences: it says how likely their targets are, and carries the derivatives of a loss back
 * to the adapter. Whoever made it closes it, on the same thread.
 */
public final class SequencePass implements AutoCloseable {
    private final Policy policy;
    private final Pass pass;
    private final SequencePack pack;
    private final SequenceScores scores;

    SequencePass(Policy policy, SequencePack pack) {
        this.policy = policy;
        this.pass = policy.pass(pack.batch(), null);
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
     * Finds the likeliest tokens at each position that has targets. A loss of them takes them as targets of another forward.
     *
     * @param k tokens per position, 1 to {@value Likeliest#MOST}
     */
    public Likeliest likeliest(int k) {
        int most = Math.min(Likeliest.MOST, policy.decoder().vocabulary());
        if (k < 1 || k > most) {
            throw new InputException(format("%d likeliest tokens are asked for but it must be 1 to %d.", k, most));
        }
        return pack.likeliest(LikeliestTokens.of(policy, pass, k), k);
    }

    /**
     * Returns the logits of the targets, {@code [sequences][T][K]}: what the softmax is taken of, to rounding. A loss that doesn't change
     * where all logits of a position are shifted, such as a softmax over the targets alone, has by a logit the derivative that it has by the
     * log-probability, which {@link #backward(double[][][])} takes.
     */
    public double[][][] logits() {
        Likeliest first = likeliest(1);
        double[][][] logits = new double[scores.sequences()][][];
        for (int s = 0; s < logits.length; s++) {
            logits[s] = new double[scores.logProbs()[s].length][];
            for (int t = 0; t < logits[s].length; t++) {
                double[] logProbs = scores.logProbs()[s][t];
                double shift = logProbs.length == 0 ? 0 : first.logits()[s][t][0] - first.logProbs()[s][t][0];
                logits[s][t] = Arrays.stream(logProbs).map(p -> p + shift).toArray();
            }
        }
        return logits;
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
     * @param ofEntropies {@code [sequences][T]} d loss / d entropy; what is at a position without targets is not read
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
