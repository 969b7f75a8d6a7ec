package org.align4j.core.eval.win;

/**
 * One comparison of a system's answer with that of the first system, as a judge saw it.
 *
 * @param prompt what both answered; outcomes of equal prompts are one cluster
 * @param win what the system gets against the first: 1 for a win, 0 for a loss, 0.5 for a tie, anything between for a judge that
 *     says how sure it is
 * @param length how long the system's answer is, in a unit of the caller's choice
 * @param againstLength how long the first system's answer is, in the same unit
 */
public record WinOutcome(String prompt, double win, int length, int againstLength) {
    public WinOutcome {
        if (!(win >= 0 && win <= 1)) {
            throw new IllegalArgumentException("win is " + win + " but must lie between 0 and 1; a tie is 0.5.");
        }
        if (length < 0 || againstLength < 0) {
            throw new IllegalArgumentException(
                    "The lengths are " + length + " and " + againstLength + " but must not be negative.");
        }
    }
}
