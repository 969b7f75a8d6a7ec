package org.align4j.core.compare.judge;

import org.jspecify.annotations.Nullable;

/**
 * Holds what a judge scores an answer; more is better.
 *
 * @param score finite; null where the answer can't be scored
 * @param problem why there is no score; null where there is one
 */
public record Grade(@Nullable Double score, @Nullable String problem) {
    public Grade {
        if ((score == null) == (problem == null)) {
            throw new IllegalArgumentException("A grade has a score or a problem, and one of them only.");
        }
    }

    /** Makes a grade of a score; one that isn't finite is none. */
    public static Grade of(double score) {
        return Double.isFinite(score) ? new Grade(score, null) : none("the score is " + score);
    }

    /** Makes the grade of an answer that can't be scored. */
    public static Grade none(String problem) {
        return new Grade(null, problem);
    }
}
