package org.align4j.ppo.loss;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A policy loss, its derivatives and what the metrics are made of; for a part of a batch, its share.
 *
 * @param loss the batch loss
 * @param gradients {@code [B][T]} with respect to the policy's token log-probabilities
 * @param ratios {@code [B][T]} π / π_old, at the level of the loss
 * @param logRatios {@code [B][T]} log π − log π_old of the tokens
 */
@SuppressWarnings("ArrayRecordComponent")
public record PolicyResult(double loss, double[][] gradients, double[][] ratios, double[][] logRatios)
        implements Serializable {
    /** Counts the tokens. */
    public long tokens() {
        return Rows.flat(ratios).length;
    }

    /** The sum of the ratios; divided by the batch's tokens, {@code policy/ratio}. */
    public double ratioSum() {
        return Arrays.stream(Rows.flat(ratios)).sum();
    }

    /** Half the sum of squared log-ratios; divided by the batch's tokens, {@code policy/approx_kl}. */
    public double approximateKlSum() {
        return Arrays.stream(Rows.flat(logRatios)).map(x -> x * x / 2).sum();
    }

    /** Tokens whose ratio a clip changed for the worse; divided by the batch's tokens, {@code policy/clip_fraction}. */
    public ClippedTokens clippedTokens(Rollouts rollouts, Clip clip) {
        double[] ratio = Rows.flat(ratios);
        double[] advantage = Rows.flat(rollouts.advantages());
        long low = IntStream.range(0, ratio.length)
                .filter(i -> ratio[i] < 1 - clip.low() && advantage[i] < 0)
                .count();
        long high = IntStream.range(0, ratio.length)
                .filter(i -> ratio[i] > 1 + clip.high() && advantage[i] > 0)
                .count();
        return new ClippedTokens(low, high);
    }
}
