package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.OptionalDouble;
import org.align4j.core.autodiff.Var;
import org.align4j.core.error.InputException;

/**
 * PPO's clipped surrogate (Schulman et al. 2017): {@code -min(ρ A, clip(ρ, 1 - low, 1 + high) A)}.
 *
 * @param low how far the ratio may fall
 * @param high how far it may rise; more than {@code low} in DAPO (Yu et al. 2025)
 * @param ratioLimit the largest ratio of the unclipped term (two-sided GRPO, "delta"); empty for none
 * @param dualClip the largest loss in units of a negative advantage (Ye et al. 2020), above 1; empty for none
 */
public record Clip(double low, double high, OptionalDouble ratioLimit, OptionalDouble dualClip) implements Surrogate {
    public Clip {
        if (!(low > 0 && high > 0)) {
            throw new InputException(format(
                    "clip-range is %s and clip-range-high is %s but both must be positive; 0.2 is usual.", low, high));
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

    /** Returns each loss's ceiling: where the advantage is negative, that many times it; elsewhere none. */
    private static Var ceiling(TokenTerms tokens, double times) {
        return tokens.advantages().negate().constants(loss -> loss > 0 ? times * loss : Double.POSITIVE_INFINITY);
    }
}
