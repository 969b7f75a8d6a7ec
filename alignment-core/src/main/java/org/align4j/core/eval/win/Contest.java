package org.align4j.core.eval.win;

/**
 * One comparison of two systems' answers, as a judge saw it.
 *
 * @param prompt what both answered; contests of equal prompts are one cluster
 * @param system the one whose gain is told
 * @param against the other
 * @param win what {@code system} gets: 1 for a win, 0 for a loss, 0.5 for a tie, anything between for a judge that says how sure
 *     it is
 */
public record Contest(String prompt, String system, String against, double win) {
    public Contest {
        if (!(win >= 0 && win <= 1)) {
            throw new IllegalArgumentException("win is " + win + " but must lie between 0 and 1; a tie is 0.5.");
        }
        if (system.equals(against)) {
            throw new IllegalArgumentException("A contest needs two systems but has " + system + " twice.");
        }
    }
}
