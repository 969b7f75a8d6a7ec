package org.align4j.core.task;

import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.jspecify.annotations.Nullable;

/**
 * Holds how answers are written and read.
 *
 * @param maxNewTokens tokens an answer may have; null: {@link #usualTokens}
 * @param temperature 0 for always the likeliest token
 * @param stop texts at which an answer ends
 * @param pattern whose last match in an answer is compared with the right one; null: the whole answer is
 */
public record AnswerSettings(
        @Nullable Integer maxNewTokens,
        double temperature,
        List<String> stop,
        @Nullable String pattern) {
    /** Always the likeliest token, the whole answer compared. */
    public static final AnswerSettings USUAL = new AnswerSettings(null, 0, List.of(), null);

    /** Checks ranges. */
    public AnswerSettings {
        stop = List.copyOf(stop);
        if (maxNewTokens != null && maxNewTokens < 1) {
            throw new InputException("max-new-tokens is " + maxNewTokens + " but must be at least 1; 256 is usual.");
        }
        new Sampling(temperature, 0, 1);
        if (pattern != null) {
            ExactAnswer.found("answer-pattern", pattern);
        }
    }

    /** Returns the rule by which answers are compared. */
    public ExactAnswer rule() {
        return pattern == null ? ExactAnswer.WHOLE : ExactAnswer.found("answer-pattern", pattern);
    }

    /** Returns the tokens that an answer may have where nobody says it: 1280 for IFEval, as its authors have it, else 256. */
    public static int usualTokens(TaskKind kind) {
        return kind == TaskKind.IFEVAL ? 1280 : 256;
    }

    /**
     * Returns how the answers to a kind of task are generated.
     *
     * @param seed of what is drawn, where the temperature is above 0
     */
    public GenerationSettings of(TaskKind kind, long seed) {
        int tokens = maxNewTokens == null ? usualTokens(kind) : maxNewTokens;
        return new GenerationSettings(tokens, new Sampling(temperature, 0, 1), 1, seed, stop, false);
    }
}
