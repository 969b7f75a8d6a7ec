package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** Which responses and tokens the policy learns from: a group of options. */
@Heading("What counts")
record SelectionOptions(
        @Option(help = "Learn nothing from responses that ran into their limit; they count in their groups' scores.")
        boolean maskTruncated,

        @Option(
                help =
                        "Draw the responses to a prompt again, at most this many times, where all score alike; more take longer and teach more.",
                defaultValue = "0")
        int redrawGroups,

        @Option(
                help =
                        "Tokens from which a response's score falls, by 1 in all where it has max-new-tokens; a larger one punishes only the longest.",
                unset = "none")
        @Nullable
        Integer overlongPenalty,

        @Option(
                help =
                        "Share of a mini-batch's tokens, those of the highest entropy, that the policy's gradient comes from; a smaller one learns at fewer forks.",
                defaultValue = "1")
        double topEntropyShare,

        @Option(
                help =
                        "Nats per token by which a bad response may have become unlikelier before it is left out; a larger one leaves fewer out; 0.5 is usual.",
                unset = "none")
        @Nullable
        Double maxSequenceKl) {

    /** Everything counts. */
    static final SelectionOptions ALL = new SelectionOptions(false, 0, null, 1, null);

    /** Checks ranges. */
    SelectionOptions {
        InputException.requireAtLeast(0, "redraw-groups", redrawGroups, "0 draws none again, 3 is usual");
        InputException.requireAtLeast(
                1, "overlong-penalty", overlongPenalty, "three quarters of max-new-tokens is usual");
        if (!(topEntropyShare > 0 && topEntropyShare <= 1)) {
            throw new InputException(format(
                    "top-entropy-share is %s but must be above 0 and at most 1; 0.2 is usual, 1 takes every token.",
                    topEntropyShare));
        }
        if (maxSequenceKl != null && !(maxSequenceKl > 0 && Double.isFinite(maxSequenceKl))) {
            throw new InputException(
                    format("max-sequence-kl is %s but must be positive; 0.5 is usual.", maxSequenceKl));
        }
    }

    /**
     * Refuses what is of responses of one turn.
     *
     * @param environment that answers between turns; null where there is none
     */
    void requireOneTurn(@Nullable String environment) {
        if (environment != null && (redrawGroups > 0 || overlongPenalty != null)) {
            throw new InputException(format(
                    "%s but environment is %s, whose episodes have several turns; drop one of the two.",
                    redrawGroups > 0
                            ? format("redraw-groups is %d", redrawGroups)
                            : format("overlong-penalty is %d", overlongPenalty),
                    environment));
        }
    }

    /** Refuses a penalty that no response could meet. */
    void requireWithin(int maxNewTokens) {
        if (overlongPenalty != null && overlongPenalty >= maxNewTokens) {
            throw new InputException(format(
                    "overlong-penalty is %d but responses have at most max-new-tokens (%d), so that it would never begin; lower it.",
                    overlongPenalty, maxNewTokens));
        }
    }

    /**
     * Returns what is taken off a response's score for its length (Yu et al. 2025): nothing up to {@code overlong-penalty}, then in
     * proportion, 1 at the limit.
     */
    double penalty(int tokens, int maxNewTokens) {
        return overlongPenalty == null || tokens <= overlongPenalty
                ? 0
                : (double) (tokens - overlongPenalty) / (maxNewTokens - overlongPenalty);
    }
}
