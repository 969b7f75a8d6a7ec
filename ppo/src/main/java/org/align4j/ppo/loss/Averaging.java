package org.align4j.ppo.loss;

import java.io.Serializable;
import org.align4j.core.autodiff.Var;

/**
 * How the losses of tokens become one number. Parts of a batch add up: totals are those of the whole batch.
 *
 * @see <a href="https://arxiv.org/abs/2503.14476">Yu et al. 2025, DAPO</a>
 * @see <a href="https://arxiv.org/abs/2503.20783">Liu et al. 2025, Understanding R1-Zero-like training (Dr. GRPO)</a>
 * @see <a href="https://arxiv.org/abs/2602.05261">Liu et al. 2026, Length-unbiased sequence policy optimization (LUSPO)</a>
 */
@FunctionalInterface
public interface Averaging {
    /** PPO, BNPO: the mean over all tokens of the batch. */
    Averaging TOKENS = (losses, lengths, totals) -> losses.sum().over((double) totals.tokens());

    /** DAPO, CISPO, VESPO: the sum over tokens, divided by the step's mean number in a mini-batch, which the totals then are. */
    Averaging STEP_TOKENS = (losses, lengths, totals) -> losses.sum().over((double) totals.tokens());

    /** GRPO, SAPO: the mean over responses of the means over their tokens. */
    Averaging RESPONSES = (losses, lengths, totals) -> {
        double[] divisors = new double[lengths.length];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = lengths[i];
        }
        return losses.sums(lengths).over(divisors).sum().over(totals.responses());
    };

    /** LUSPO: the mean over responses of the sums over their tokens. */
    Averaging RESPONSE_SUMS = (losses, lengths, totals) -> losses.sum().over(totals.responses());

    /** Dr. GRPO: the sum over all tokens, divided by what responses of the largest length would have. */
    static Averaging longest(int maxNewTokens) {
        return (losses, lengths, totals) -> losses.sum().over((double) totals.responses() * maxNewTokens);
    }

    /**
     * Averages token losses: the share of these tokens in the batch's loss.
     *
     * @param losses {@code [N]}
     * @param lengths {@code [B]} tokens in each response
     * @param totals the whole batch's
     */
    Var average(Var losses, int[] lengths, Totals totals);

    /**
     * The size of a whole batch.
     *
     * @param responses how many responses
     * @param tokens how many tokens (or positions) in them
     */
    record Totals(int responses, long tokens) implements Serializable {
        /** The totals of rows that are at hand as a whole. */
        public static Totals of(double[][] rows) {
            return new Totals(rows.length, Rows.flat(rows).length);
        }
    }
}
