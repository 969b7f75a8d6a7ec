package org.align4j.core.doctor.log;

/**
 * The texts of a row; what a row doesn't have is empty.
 *
 * @param prompt what was asked; several turns on one another
 * @param chosen the better answer, or the only one, or the whole text
 * @param rejected the other answer of a pair
 */
public record Texts(String prompt, String chosen, String rejected) {
    /** The texts as {@link NormalText} has them. */
    Texts normal() {
        return new Texts(NormalText.of(prompt), NormalText.of(chosen), NormalText.of(rejected));
    }

    /** All of it in one, each text on lines of its own. */
    public String joined() {
        return prompt + "\n" + chosen + "\n" + rejected;
    }
}
