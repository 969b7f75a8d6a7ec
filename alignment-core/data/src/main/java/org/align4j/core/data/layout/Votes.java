package org.align4j.core.data.layout;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.data.row.Fields;

/** Reads which of two answers a vote names, in whatever spelling. */
final class Votes {
    /** The sides are called a and b. */
    static final Set<String> LETTERS = Set.of("a", "b");

    /** The sides are called 1 and 2. */
    static final Set<String> NUMBERS = Set.of("1", "2");

    /** The sides are called 0 and 1. */
    static final Set<String> FROM_ZERO = Set.of("0", "1");

    private static final Set<String> FIRST = Set.of("first", "left");
    private static final Set<String> SECOND = Set.of("second", "right");
    private static final Set<String> NEITHER =
            Set.of("tie", "tied", "both", "bothbad", "neither", "none", "equal", "same", "draw");
    private static final double BETWEEN = 1.5;

    private Votes() {}

    /**
     * Reads a vote for one of the two sides.
     *
     * @param sides what the row calls its answers
     */
    static Duel.Vote read(Fields row, String key, Set<String> sides) {
        Object value = row.required(key);
        Double number = Fields.numberOrNull(value);
        if (number != null && sides.equals(NUMBERS)) {
            if (number == BETWEEN) { // AlpacaEval's tie
                return Duel.Vote.NEITHER;
            }
            if (number == 1 || number == 2) {
                return number == 1 ? Duel.Vote.FIRST : Duel.Vote.SECOND;
            }
        }
        if (number != null && sides.equals(FROM_ZERO) && (number == 0 || number == 1)) {
            return number == 0 ? Duel.Vote.FIRST : Duel.Vote.SECOND;
        }
        List<String> words = Arrays.stream(
                        value.toString().toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
                .filter(word -> !word.isEmpty())
                .toList();
        if (words.stream().anyMatch(NEITHER::contains)) {
            return Duel.Vote.NEITHER;
        }
        boolean first = words.stream().anyMatch(word -> FIRST.contains(word) || names(word, sides, 0));
        boolean second = words.stream().anyMatch(word -> SECOND.contains(word) || names(word, sides, 1));
        if (first == second) {
            throw row.error(
                    key,
                    "is " + value + ", which does not say which answer is better; write "
                            + String.join(", ", sides.stream().sorted().toList()) + " or tie.");
        }
        return first ? Duel.Vote.FIRST : Duel.Vote.SECOND;
    }

    /** Returns whether a word is what the first or the second of two sides is called. */
    private static boolean names(String word, Set<String> sides, int side) {
        return sides.contains(word) && sides.stream().sorted().toList().indexOf(word) == side;
    }
}
