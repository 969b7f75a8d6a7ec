package org.align4j.core.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a tokenizer's control tokens, its special added tokens, in text: the leftmost first, of these the longest. */
final class ControlTokenSearch {
    private final Map<Character, List<Token>> byFirst = new HashMap<>();
    private final BitSet firsts = new BitSet();

    public ControlTokenSearch(Collection<Token> tokens) {
        for (Token token : tokens) {
            if (!token.text.isBlank()) {
                byFirst.computeIfAbsent(token.text.charAt(0), first -> new ArrayList<>())
                        .add(token);
                firsts.set(token.text.charAt(0));
            }
        }
        byFirst.values()
                .forEach(list -> list.sort(Comparator.comparingInt((Token token) -> token.text.length())
                        .reversed()));
    }

    /**
     * Holds a control token of the vocabulary.
     *
     * @param text how it is written
     * @param singleWord whether it is none beside a letter, a digit or an underscore
     */
    public record Token(String text, boolean singleWord) {}

    /**
     * Marks where a control token is in a text.
     *
     * @param start its first UTF-16 unit
     * @param end the first unit after it
     */
    public record Stretch(int start, int end) {}

    /** The first one of a text; null where it has none. */
    @Nullable
    public String first(String text) {
        List<Stretch> found = find(text, 1);
        return found.isEmpty() ? null : text.substring(found.get(0).start, found.get(0).end);
    }

    /** Finds all control tokens of a text, in its order. */
    public List<Stretch> all(String text) {
        return find(text, Integer.MAX_VALUE);
    }

    private List<Stretch> find(String text, int most) {
        List<Stretch> found = new ArrayList<>();
        int at = 0;
        while (at < text.length() && found.size() < most) {
            int end = firsts.get(text.charAt(at)) ? end(text, at) : at;
            if (end > at) {
                found.add(new Stretch(at, end));
            }
            at = Math.max(end, at + 1);
        }
        return found;
    }

    private int end(String text, int at) {
        for (Token token : byFirst.getOrDefault(text.charAt(at), List.of())) {
            int end = at + token.text.length();
            if (text.startsWith(token.text, at) && !(token.singleWord && besideWord(text, at, end))) {
                return end;
            }
        }
        return at;
    }

    private static boolean besideWord(String text, int start, int end) {
        return (start > 0 && inWord(text.codePointBefore(start)))
                || (end < text.length() && inWord(text.codePointAt(end)));
    }

    private static boolean inWord(int point) {
        return switch (Character.getType(point)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.DECIMAL_DIGIT_NUMBER -> true;
            default -> Character.isAlphabetic(point);
        };
    }
}
