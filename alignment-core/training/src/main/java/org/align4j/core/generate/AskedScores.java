package org.align4j.core.generate;

import java.util.Arrays;
import org.align4j.core.error.InputException;

/**
 * Says what a request of an {@link AnswerQueue} wants to know about how likely tokens are. Log-probabilities are at temperature 1 and without
 * a filter.
 *
 * @param ofAnswer likeliest tokens with each token of the answer, 0 to {@link AnswerQueue#MOST_ALTERNATIVES}, and log-probabilities with them;
 *     {@link #NONE}: neither
 * @param ofPrompt likewise with each token of the prompt
 * @param following {@code [P][…]} tokens whose log-probability after each token of the prompt is asked for, any number at each; no array at
 *     all: none
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
public record AskedScores(int ofAnswer, int ofPrompt, int[][] following) {
    /** Asks for no log-probabilities. */
    public static final int NONE = -1;

    /** Asks for nothing. */
    public static final AskedScores NOTHING = ofAnswer(NONE);

    /** Checks ranges. */
    public AskedScores {
        requireCount("alternatives", ofAnswer);
        requireCount("alternatives of the prompt", ofPrompt);
    }

    private static void requireCount(String name, int count) {
        if (count < NONE || count > AnswerQueue.MOST_ALTERNATIVES) {
            throw new InputException(
                    name + " is " + count + " but must be from 0 to " + AnswerQueue.MOST_ALTERNATIVES + ".");
        }
    }

    /** Asks for scores of the answer alone. */
    public static AskedScores ofAnswer(int alternatives) {
        return new AskedScores(alternatives, NONE, new int[0][]);
    }

    /** Asks for scores of the prompt's tokens alone. */
    public static AskedScores ofPrompt(int alternatives) {
        return new AskedScores(NONE, alternatives, new int[0][]);
    }

    /** Asks how likely some tokens are after each token of the prompt. */
    public static AskedScores ofFollowing(int[][] tokens) {
        return new AskedScores(NONE, NONE, tokens);
    }

    /**
     * Checks that the tokens fit a prompt.
     *
     * @param prompt tokens that it has
     * @param vocabulary tokens that the model knows
     */
    void requireFits(int prompt, int vocabulary) {
        if (following.length > 0 && following.length != prompt) {
            throw new InputException(
                    "the tokens asked for are those of " + following.length + " positions but the prompt has " + prompt
                            + "; give a list for each token of the prompt, an empty one where nothing is asked.");
        }
        Arrays.stream(following)
                .flatMapToInt(Arrays::stream)
                .filter(id -> id < 0 || id >= vocabulary)
                .findFirst()
                .ifPresent(id -> {
                    throw new InputException(
                            "the token " + id + " is asked for but the model's ids are 0 to " + (vocabulary - 1) + ".");
                });
    }
}
