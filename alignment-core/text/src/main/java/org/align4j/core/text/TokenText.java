package org.align4j.core.text;

/**
 * A token as a person reads it: its text with its id.
 *
 * @param id the token's id
 * @param text its text, in which the bytes of a part of a character stand as {@code <0xE2>}
 */
public record TokenText(int id, String text) {
    /** Returns the text in quotes, its line breaks written as {@code \n}. */
    public String quoted() {
        return "\"" + text.replace("\n", "\\n") + "\"";
    }

    /** Writes the text in quotes, then the id. */
    @Override
    public String toString() {
        return quoted() + " " + id;
    }
}
