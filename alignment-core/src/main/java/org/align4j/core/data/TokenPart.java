package org.align4j.core.data;

import java.util.function.IntPredicate;
import org.align4j.core.error.Shortened;

/**
 * A named stretch of a row: its prompt, an answer, or a whole text.
 *
 * @param name the column that it comes from, such as {@code chosen}
 * @param ids token ids
 * @param trained whether the model learns from the token at a place of the part
 */
@SuppressWarnings("ArrayRecordComponent") // a view of a row, never compared
public record TokenPart(String name, int[] ids, IntPredicate trained) {

    /** Names a prompt, from which nothing is learned. */
    static TokenPart prompt(int[] ids) {
        return new TokenPart("prompt", ids, place -> false);
    }

    /** Names an answer, every token of which is learned from. */
    static TokenPart answer(String name, int[] ids) {
        return new TokenPart(name, ids, place -> true);
    }

    /** Writes the name and the ids, long ones shortened. */
    @Override
    public String toString() {
        return "TokenPart[" + name + " " + Shortened.ids(ids) + "]";
    }
}
