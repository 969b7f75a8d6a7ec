package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.jspecify.annotations.Nullable;

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
    /**
     * Returns the result without the tokens that aren't in the loss: figures are of those that something is learnt from.
     *
     * @param masks null where all tokens are in the loss
     */
    public PolicyResult counted(@Nullable TokenMasks masks) {
        return new PolicyResult(
                loss,
                TokenMasks.ofCounted(gradients, masks),
                TokenMasks.ofCounted(ratios, masks),
                TokenMasks.ofCounted(logRatios, masks));
    }

    /** Counts the tokens of the loss. */
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

    /**
     * Tokens whose ratio a clip changed for the worse.
     *
     * @param low those below the range
     * @param high those above it
     */
    public record ClippedTokens(long low, long high) implements Serializable {
        /** The count where nothing is clipped. */
        public static final ClippedTokens NONE = new ClippedTokens(0, 0);

        /** Counts the tokens clipped on either side. */
        public long all() {
            return low + high;
        }
    }

    /**
     * What a policy loss is computed from, for B responses of a batch, {@code [B][T]} each, log-probabilities in nats.
     *
     * @param policy log-probabilities of the tokens under the policy being trained
     * @param old under the policy that generated them
     * @param advantages of the tokens
     * @param reference under the reference, or null where no KL term needs it
     * @param masks which tokens count; null: all
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Rollouts(
            double[][] policy,
            double[][] old,
            double[][] advantages,
            double @Nullable [][] reference,
            @Nullable TokenMasks masks) {
        /** Makes rollouts of which every token counts. */
        public Rollouts(double[][] policy, double[][] old, double[][] advantages, double @Nullable [][] reference) {
            this(policy, old, advantages, reference, null);
        }

        public Rollouts {
            sameShape("old", policy, old);
            sameShape("advantages", policy, advantages);
            if (reference != null) {
                sameShape("reference", policy, reference);
            }
        }

        /** Returns the rollouts without the tokens that aren't in the loss. */
        public Rollouts counted() {
            return new Rollouts(
                    TokenMasks.ofCounted(policy, masks),
                    TokenMasks.ofCounted(old, masks),
                    TokenMasks.ofCounted(advantages, masks),
                    reference == null ? null : TokenMasks.ofCounted(reference, masks));
        }

        private static void sameShape(String name, double[][] policy, double[][] other) {
            for (int i = 0; i < Math.max(policy.length, other.length); i++) {
                if (policy.length != other.length || policy[i].length != other[i].length) {
                    throw new InputException(format(
                            "%s doesn't have a number for each token of each response; give as many as the policy has.",
                            name));
                }
            }
        }
    }
}
