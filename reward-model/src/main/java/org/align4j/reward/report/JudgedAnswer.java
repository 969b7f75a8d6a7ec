package org.align4j.reward.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One held-out answer whose steps a process reward model judges. Part of {@code steps.json}.
 *
 * @param row the row's number in the input, 0-based
 * @param prompt equal for answers to one prompt
 * @param logOdds of each step being right
 * @param right whether each step is, by the data
 * @param text the answer as a person reads it, null for most
 */
public record JudgedAnswer(
        int row,
        int prompt,
        List<Double> logOdds,
        List<Boolean> right,
        @Nullable Text text) {
    public JudgedAnswer {
        logOdds = List.copyOf(logOdds);
        right = List.copyOf(right);
    }

    /** Prompt and steps in words. */
    public record Text(String prompt, List<String> steps) {
        public Text {
            steps = List.copyOf(steps);
        }
    }

    /** The first step that is wrong by the data; the number of steps where none is. */
    public int firstError() {
        int at = right.indexOf(false);
        return at < 0 ? right.size() : at;
    }

    /** The first step that the model calls wrong; the number of steps where it calls none. */
    public int firstErrorSeen() {
        int step = 0;
        while (step < logOdds.size() && logOdds.get(step) > 0) {
            step++;
        }
        return step;
    }
}
