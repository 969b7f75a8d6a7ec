package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.OptionalDouble;
import org.align4j.core.autodiff.Tape;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/**
 * A loss of the policy on rollouts: a surrogate of the probability ratio and the advantage, perhaps a penalty for leaving
 * the reference, averaged over a batch. PPO: {@code new PolicyLoss(RatioLevel.TOKEN, Clip.of(0.2), ReferencePenalty.NONE,
 * Averaging.TOKENS)}.
 *
 * @param level what the ratio is taken over
 * @param surrogate what of a token is minimised
 * @param penalty the KL term within the loss
 * @param averaging how tokens are averaged
 * @see <a href="https://arxiv.org/abs/1707.06347">Schulman et al. 2017, Proximal policy optimization algorithms</a>
 * @see <a href="https://arxiv.org/abs/2507.18071">Zheng et al. 2025, GSPO</a>
 * @see <a href="https://arxiv.org/abs/2503.14476">Yu et al. 2025, DAPO</a>
 * @see <a href="https://arxiv.org/abs/1912.09729">Ye et al. 2020, dual clip</a>
 */
public record PolicyLoss(RatioLevel level, Surrogate surrogate, ReferencePenalty penalty, Averaging averaging)
        implements RolloutLoss {
    /** Loss and gradients of a whole batch. */
    public PolicyResult evaluate(Rollouts whole) {
        return evaluate(whole, Averaging.Totals.of(whole.policy()));
    }

    @Override
    public PolicyResult evaluate(Rollouts part, Averaging.Totals totals) {
        Tape tape = new Tape();
        TokenTerms tokens = new TokenTerms(tape, part, level);
        TokenMasks masks = part.masks();
        Var losses = surrogate.losses(tokens);
        losses = masks == null ? losses : losses.times(Rows.flat(masks.acting()));
        if (penalty.coefficient() != 0) {
            losses = losses.plus(penalty.of(tokens));
        }
        losses = masks == null ? losses : losses.times(Rows.flat(masks.counted()));
        Var loss = averaging.average(losses, tokens.lengths(), totals);
        tape.backward(loss);
        return new PolicyResult(
                loss.value(),
                Rows.ragged(tokens.policy().gradient(), tokens.lengths()),
                Rows.ragged(tokens.ratio().values(), tokens.lengths()),
                Rows.ragged(tokens.logRatio().values(), tokens.lengths()));
    }

    @Override
    public ClippedTokens clipped(Rollouts part, PolicyResult result) {
        return surrogate.clipped(part, result);
    }

    @Override
    public boolean isOverStep() {
        return averaging == Averaging.STEP_TOKENS;
    }

    /**
     * GRPO's KL term within the loss: {@code coefficient (e^q - q - 1)}, q = log π_ref − log π.
     *
     * @param coefficient what a nat of divergence costs; 0 for none
     * @param timesRatio whether it is multiplied by the ratio, which makes its gradient unbiased off-policy (TRL's default
     *     from 1.16 on)
     */
    public record ReferencePenalty(double coefficient, boolean timesRatio) {
        /** No KL term. */
        public static final ReferencePenalty NONE = new ReferencePenalty(0, false);

        Var of(TokenTerms tokens) {
            Var q = tokens.reference().minus(tokens.policy());
            Var divergence = q.expMinusOne().minus(q);
            return (timesRatio ? divergence.times(tokens.ratio()) : divergence).times(coefficient);
        }
    }

    /** The level at which the probability ratio of old and new policy is taken: each token, or a whole response. */
    @FunctionalInterface
    public interface RatioLevel {
        /** Each token by itself. */
        RatioLevel TOKEN = TokenTerms::logRatio;

        /** GSPO (Zheng et al. 2025): the mean log-ratio of the response. */
        RatioLevel SEQUENCE_MEAN = tokens -> {
            double[] lengths = new double[tokens.lengths().length];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = tokens.lengths()[i];
            }
            return tokens.onTokens(tokens.logRatio().sums(tokens.lengths()).over(lengths));
        };

        /** RLOO (Ahmadian et al. 2024): the summed log-ratio of the response. */
        RatioLevel SEQUENCE_SUM = tokens -> tokens.onTokens(tokens.logRatio().sums(tokens.lengths()));

        /** {@code [N]} the log-ratio on each token. */
        Var logRatio(TokenTerms tokens);
    }

    /**
     * PPO's clipped surrogate (Schulman et al. 2017): {@code -min(ρ A, clip(ρ, 1 - low, 1 + high) A)}.
     *
     * @param low how far the ratio may fall
     * @param high how far it may rise; more than {@code low} in DAPO (Yu et al. 2025)
     * @param ratioLimit the largest ratio of the unclipped term (two-sided GRPO, "delta"); empty for none
     * @param dualClip the largest loss in units of a negative advantage (Ye et al. 2020), above 1; empty for none
     */
    public record Clip(double low, double high, OptionalDouble ratioLimit, OptionalDouble dualClip)
            implements Surrogate {
        public Clip {
            if (!(low > 0 && high > 0)) {
                throw new InputException(format(
                        "clip-range is %s and clip-range-high is %s but both must be positive; 0.2 is usual.",
                        low, high));
            }
            if (dualClip.isPresent() && !(dualClip.getAsDouble() > 1)) {
                throw new InputException(
                        format("dual-clip is %s but must be above 1; 3 is usual.", dualClip.getAsDouble()));
            }
        }

        /** Clips ratios by one range in both directions. */
        public static Clip of(double range) {
            return new Clip(range, range, OptionalDouble.empty(), OptionalDouble.empty());
        }

        @Override
        public Var losses(TokenTerms tokens) {
            Var ratio = tokens.ratio();
            Var limited = ratioLimit.isPresent() ? ratio.clamp(0, ratioLimit.getAsDouble()) : ratio;
            Var clipped = ratio.clamp(1 - low, 1 + high);
            Var loss = limited.times(tokens.advantages())
                    .min(clipped.times(tokens.advantages()))
                    .negate();
            return dualClip.isPresent() ? loss.min(ceiling(tokens, dualClip.getAsDouble())) : loss;
        }

        @Override
        public ClippedTokens clipped(Rollouts part, PolicyResult result) {
            return result.clippedTokens(part, this);
        }

        /** Returns each loss's ceiling: where the advantage is negative, that many times it; elsewhere none. */
        private static Var ceiling(TokenTerms tokens, double times) {
            return tokens.advantages().negate().constants(loss -> loss > 0 ? times * loss : Double.POSITIVE_INFINITY);
        }
    }

    /** The surrogate of a policy loss: what of a token is minimised, before tokens are averaged. */
    @FunctionalInterface
    public interface Surrogate {
        /** Returns the loss of each token, {@code [N]}. */
        Var losses(TokenTerms tokens);

        /** Counts the tokens whose ratio it holds, from what a loss with it made of them; none where it has no clip. */
        default ClippedTokens clipped(Rollouts part, PolicyResult result) {
            return ClippedTokens.NONE;
        }
    }

    /** The quantities that policy losses are written in: N tokens of B responses, end to end. */
    public static final class TokenTerms {
        private static final double LARGEST_LOG_RATIO = 20;

        private final int[] lengths;
        private final Var policy;
        private final Var reference;
        private final Var logRatio;
        private final Var ratio;
        private final Var advantages;

        TokenTerms(Tape tape, Rollouts rollouts, RatioLevel level) {
            lengths = Rows.lengths(rollouts.policy());
            policy = tape.variable(Rows.flat(rollouts.policy()));
            reference =
                    tape.constant(Rows.flat(rollouts.reference() == null ? rollouts.policy() : rollouts.reference()));
            advantages = tape.constant(Rows.flat(rollouts.advantages()));
            logRatio = policy.minus(tape.constant(Rows.flat(rollouts.old())));
            ratio = level.logRatio(this)
                    .clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
                    .exp();
        }

        /** {@code [B]} tokens in each response. */
        public int[] lengths() {
            return lengths;
        }

        /** Returns log π of each token, {@code [N]}. */
        public Var policy() {
            return policy;
        }

        /** Returns log π_ref of each token, {@code [N]}. */
        public Var reference() {
            return reference;
        }

        /** {@code [N]} log π − log π_old of each token. */
        public Var logRatio() {
            return logRatio;
        }

        /** {@code [N]} the ratio π / π_old, at the level that was chosen. */
        public Var ratio() {
            return ratio;
        }

        /** Returns the advantage of each token, {@code [N]}, a constant. */
        public Var advantages() {
            return advantages;
        }

        /** {@code [N]} one number per response, {@code [B]}, on each of its tokens. */
        public Var onTokens(Var perResponse) {
            return perResponse.gather(Rows.rowOfToken(lengths));
        }
    }
}
