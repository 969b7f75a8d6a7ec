package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Log-probabilities of sequences' targets under a model, and entropies, in nats.
 *
 * @param logProbs {@code [sequences][T][K]} log-probability of each target, to the bits of the fp32 that was computed
 * @param entropies {@code [sequences][T]} of the distribution of the next token; NaN where a position has no target
 */
@SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
public record SequenceScores(double[][][] logProbs, double[][] entropies) {

    /** Counts the sequences. */
    public int sequences() {
        return logProbs.length;
    }

    /** Sums the log-probabilities of the targets of one sequence. */
    public double sum(int sequence) {
        return Arrays.stream(logProbs[sequence]).flatMapToDouble(Arrays::stream).sum();
    }

    /** Says how likely the targets of each sequence are. */
    @Override
    public String toString() {
        return String.join(
                "\n",
                IntStream.range(0, logProbs.length)
                        .mapToObj(
                                i -> format("sequence %d: %.4f nats over %,d positions", i, sum(i), logProbs[i].length))
                        .toList());
    }
}
