package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;

/**
 * A KL coefficient that follows a target (Ziegler et al. 2019): too much divergence raises it, too little lowers it, by at
 * most a fifth of {@code rollouts / horizon} a step.
 *
 * @param coefficient the coefficient now
 * @param target the KL divergence per response that is wanted, in nats
 * @param horizon how many rollouts a correction is spread over
 * @see <a href="https://arxiv.org/abs/1909.08593">Ziegler et al. 2019, Fine-tuning language models from human preferences</a>
 */
public record AdaptiveKl(double coefficient, double target, double horizon) {
    private static final double LARGEST_ERROR = 0.2;

    public AdaptiveKl {
        if (!(target > 0) || !(horizon > 0)) {
            throw new InputException(format(
                    "kl-target is %s and kl-horizon is %s but both must be positive; 6 and 10000 are usual.",
                    target, horizon));
        }
    }

    /** Returns the controller after a step of {@code rollouts} rollouts whose mean divergence was {@code kl}. */
    public AdaptiveKl next(double kl, int rollouts) {
        double error = Math.min(Math.max(kl / target - 1, -LARGEST_ERROR), LARGEST_ERROR);
        return new AdaptiveKl(coefficient * (1 + error * rollouts / horizon), target, horizon);
    }
}
