package org.align4j.reward;

import java.io.Serializable;
import java.util.Arrays;
import org.align4j.core.pack.RowLayout;

/**
 * Answers to a prompt, and where they are scored.
 *
 * @param item prompt and answers
 * @param ends {@code [answers][]} how many of an answer's tokens have gone by at each of its scores, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
record Reading(RowLayout.Item item, int[][] ends) implements Serializable {

    /** Answers that are scored at their last token. */
    public static Reading atLastToken(int[] prompt, int[]... answers) {
        int[][] ends =
                Arrays.stream(answers).map(answer -> new int[] {answer.length}).toArray(int[][]::new);
        return new Reading(new RowLayout.Item(prompt, answers), ends);
    }

    /** How many scores. */
    int scores() {
        return Arrays.stream(ends).mapToInt(own -> own.length).sum();
    }
}
