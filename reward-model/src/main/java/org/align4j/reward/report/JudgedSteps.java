package org.align4j.reward.report;

import java.util.List;

/**
 * {@code steps.json}: what a finished run of a process reward model makes of its held-out answers.
 *
 * @param usual the commoner label among the training steps: what says nothing else calls every step
 * @param usualByPosition the commoner label among the training steps that come first, second, …
 * @param trainingSteps labelled steps that those are the commoner ones among
 * @param answers in the order of the input
 */
public record JudgedSteps(boolean usual, List<Boolean> usualByPosition, int trainingSteps, List<JudgedAnswer> answers) {
    /** The name of the file in a run's directory. */
    public static final String FILE_NAME = "steps.json";

    public JudgedSteps {
        usualByPosition = List.copyOf(usualByPosition);
        answers = List.copyOf(answers);
    }

    /** What the position alone calls a step. */
    public boolean byPosition(int step) {
        return step < usualByPosition.size() ? usualByPosition.get(step) : usual;
    }
}
