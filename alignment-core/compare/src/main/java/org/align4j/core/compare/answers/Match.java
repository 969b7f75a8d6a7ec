package org.align4j.core.compare.answers;

/**
 * Two systems' answers to one prompt.
 *
 * @param prompt what both were asked
 * @param sample which of their answers to it these are, from 0
 * @param first the name of one system
 * @param second the name of the other system
 * @param firstAnswer what the first one said
 * @param secondAnswer what the second one said
 */
public record Match(
        AskedPrompt prompt, int sample, String first, String second, String firstAnswer, String secondAnswer) {

    /** Returns whether both systems said the very same, so that there is nothing to judge. */
    public boolean same() {
        return firstAnswer.equals(secondAnswer);
    }
}
