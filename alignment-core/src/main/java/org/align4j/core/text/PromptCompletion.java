package org.align4j.core.text;

/**
 * A prompt and its completion as tokens; the model reads them one after the other.
 *
 * @param prompt {@code [P]} token ids
 * @param completion {@code [C]} token ids, ending with what ends the turn
 * @param separately true where the prompt's tokens are no prefix of the tokens of the whole text, so that the two were
 *     tokenised apart; such rows are to be counted and reported
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record PromptCompletion(int[] prompt, int[] completion, boolean separately) {}
