package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** Rules by which a run has gone too far and ends with the last checkpoint that had not: a group of options. */
@Heading("Stop rules")
record StopRules(
        @Option(
                help =
                        "End the run beyond this divergence of a response from the reference, nats, by k1; a larger one ends it later.",
                unset = "none")
        @Nullable
        Double maxKl,

        @Option(
                help =
                        "End the run beyond this many times the first step's mean length; a larger one ends it later; 2 is usual.",
                unset = "none")
        @Nullable
        Double maxLengthRatio,

        @Option(
                help = "End the run below this mean entropy of the next token, nats; a larger one ends it sooner.",
                unset = "none")
        @Nullable
        Double minEntropy,

        @Option(
                help =
                        "What scores held-out answers at each evaluation and is never learnt from, named as reward names it; its fall while the score rises says that the run is over-optimised.",
                unset = "none")
        @Nullable
        String evalReward,

        @Option(
                help =
                        "End the run after the first evaluation at which eval-reward fell by more than chance while the score rose.")
        boolean stopOverOptimized) {

    /** Checks ranges. */
    public StopRules {
        require("max-kl", maxKl, 0);
        require("max-length-ratio", maxLengthRatio, 1);
        require("min-entropy", minEntropy, 0);
        if (stopOverOptimized && evalReward == null) {
            throw new InputException(
                    "stop-over-optimized is true, but nothing says whether the run is; give eval-reward, a reward that nothing is learnt from.");
        }
    }

    private static void require(String name, @Nullable Double value, double least) {
        if (value != null && !(value > least && Double.isFinite(value))) {
            throw new InputException(format("%s is %s but must be above %s.", name, value, least));
        }
    }

    /** Whether there is a rule at all. */
    public boolean any() {
        return maxKl != null || maxLengthRatio != null || minEntropy != null || stopOverOptimized;
    }

    /**
     * The rule that rollouts break, in words.
     *
     * @param kl mean divergence of a response, nats
     * @param length mean tokens of a response
     * @param firstLength the same in the first step
     * @param entropy mean entropy of the next token, nats
     */
    public Optional<String> broken(double kl, double length, double firstLength, double entropy) {
        if (maxKl != null && kl > maxKl) {
            return Optional.of(format("objective/kl is %.3f, above max-kl %s", kl, maxKl));
        }
        if (maxLengthRatio != null && length > maxLengthRatio * firstLength) {
            return Optional.of(format(
                    "responses/length is %.1f, above max-length-ratio %s times the %.1f of step 1",
                    length, maxLengthRatio, firstLength));
        }
        if (minEntropy != null && entropy < minEntropy) {
            return Optional.of(format("objective/entropy is %.4f, below min-entropy %s", entropy, minEntropy));
        }
        return Optional.empty();
    }
}
