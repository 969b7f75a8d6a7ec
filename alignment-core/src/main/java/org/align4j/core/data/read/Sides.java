package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.data.row.Fields;
import org.jspecify.annotations.Nullable;

/** The two answers of a pair as other keys of its row speak of them: as chosen and rejected, a and b, 1 and 2. */
final class Sides {
    private static final Set<String> GOOD =
            Set.of("chosen", "preferred", "better", "best", "winner", "winning", "good", "positive", "accepted");
    private static final Set<String> BAD =
            Set.of("rejected", "dispreferred", "worse", "worst", "loser", "losing", "bad", "negative");
    private static final Set<String> FIRST = Set.of("a", "first");
    private static final Set<String> SECOND = Set.of("b", "second");
    private static final Set<String> TIED = Set.of("tie", "tied", "both", "neither", "equal", "same", "draw");
    private static final int WORDS_OF_A_NAME = 4;

    /** What a key says about the order of the pair. */
    enum Verdict {
        /** The pair's better answer is the better one. */
        BETTER,
        /** The pair's better answer is the worse one. */
        WORSE,
        /** Neither answer of the pair is better. */
        NEITHER,
        /** Nothing that can be understood. */
        UNCLEAR
    }

    private final Fields fields;
    private final String better;
    private final String worse;
    private final Set<String> betterWords;
    private final Set<String> worseWords;

    Sides(Fields fields, String better, String worse) {
        this.fields = fields;
        this.better = fields.nameInFile(better);
        this.worse = fields.nameInFile(worse);
        this.betterWords = without(this.better, this.worse);
        this.worseWords = without(this.worse, this.better);
    }

    private static Set<String> without(String name, String other) {
        Set<String> words = new LinkedHashSet<>(Words.of(name));
        words.removeAll(Words.of(other));
        return words;
    }

    /** Whether the names of the two answers say themselves which is better. */
    boolean named() {
        return Words.of(better).stream().anyMatch(GOOD::contains)
                || Words.of(worse).stream().anyMatch(BAD::contains);
    }

    /** What the pair says, as half a sentence. */
    String order() {
        return (named() ? "" : "columns make ") + '"' + better + '"' + (named() ? " is" : "") + " the better answer";
    }

    String names() {
        return '"' + better + "\" and \"" + worse + '"';
    }

    /** Whether a key speaks of the better answer (true), of the other (false), or of neither alone (null). */
    @Nullable
    Boolean side(String key) {
        return side(Words.of(key), betterWords, worseWords);
    }

    /** The key that says of the other answer what this one says of its own; null where there is none. */
    @Nullable
    String counterpart(String key) {
        Boolean side = side(key);
        if (side == null) {
            return null;
        }
        List<String> words = neutral(key, side);
        for (String other : fields.values().keySet()) {
            Boolean otherSide = side(other);
            if (otherSide != null
                    && !otherSide.equals(side)
                    && neutral(other, otherSide).equals(words)) {
                return other;
            }
        }
        return null;
    }

    private List<String> neutral(String key, boolean ofBetter) {
        Set<String> side = ofBetter ? betterWords : worseWords;
        return Words.of(key).stream()
                .map(word -> side.contains(word) ? "" : word)
                .toList();
    }

    /** Compares what is said of both answers: more is better. */
    Verdict compare(@Nullable Object ofBetter, @Nullable Object ofWorse) {
        Double high = number(ofBetter);
        Double low = number(ofWorse);
        if (high == null || low == null) {
            return Verdict.UNCLEAR;
        }
        int order = high.compareTo(low);
        return order == 0 ? Verdict.NEITHER : order > 0 ? Verdict.BETTER : Verdict.WORSE;
    }

    private static @Nullable Double number(@Nullable Object value) {
        if (value instanceof Boolean truth) {
            return truth ? 1.0 : 0.0;
        }
        try {
            return value instanceof Number || value instanceof String
                    ? Double.valueOf(value.toString().strip())
                    : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What grades of both answers in one value say: {@code {"chosen": 7, "rejected": 3}}. */
    Verdict grades(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return Verdict.UNCLEAR;
        }
        Object ofBetter = null;
        Object ofWorse = null;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Boolean side = side(String.valueOf(entry.getKey()));
            ofBetter = Boolean.TRUE.equals(side) ? entry.getValue() : ofBetter;
            ofWorse = Boolean.FALSE.equals(side) ? entry.getValue() : ofWorse;
        }
        return compare(ofBetter, ofWorse);
    }

    /** Which answer a key names as the winner: by its text, its letter or number, its model. */
    Verdict winner(String key) {
        Object value = fields.peek(key);
        if (value instanceof Boolean truth) {
            return !named() ? Verdict.UNCLEAR : truth ? Verdict.BETTER : Verdict.WORSE;
        }
        if (!(value instanceof String) && !(value instanceof Number)) {
            return grades(value);
        }
        List<String> words = Words.in(value.toString());
        if (words.size() <= WORDS_OF_A_NAME && words.stream().anyMatch(TIED::contains)) {
            return Verdict.NEITHER;
        }
        Boolean side = value instanceof String text ? sideOfText(key, text) : null;
        if (side == null && words.size() <= WORDS_OF_A_NAME) {
            side = sideOfName(words);
        }
        return side == null ? Verdict.UNCLEAR : side ? Verdict.BETTER : Verdict.WORSE;
    }

    /** The side that has this text: the answer itself, or what else the row says of a side, such as its model. */
    private @Nullable Boolean sideOfText(String key, String value) {
        List<Boolean> sides = new ArrayList<>();
        for (String other : fields.values().keySet()) {
            Boolean side = side(other);
            if (side != null && !other.equals(key) && value.equals(fields.peek(other))) {
                sides.add(side);
            }
        }
        boolean clear = new HashSet<>(sides).size() == 1;
        return clear ? sides.get(0) : null;
    }

    private @Nullable Boolean sideOfName(List<String> words) {
        Boolean side = side(words, betterWords, worseWords);
        String letter = words.isEmpty() ? "" : words.get(words.size() - 1);
        for (String other : side == null ? fields.values().keySet() : Set.<String>of()) {
            boolean named = Words.of(other).contains(letter);
            if (named && Objects.equals(fields.peek(better), fields.peek(other))) {
                return true; // winner: b beside response_b, which is the chosen answer
            }
            if (named && Objects.equals(fields.peek(worse), fields.peek(other))) {
                return false;
            }
        }
        boolean byLetter = side == null && named();
        return byLetter ? side(words, FIRST, SECOND) : side;
    }

    private static @Nullable Boolean side(List<String> words, Set<String> better, Set<String> worse) {
        boolean one = words.stream().anyMatch(better::contains);
        boolean other = words.stream().anyMatch(worse::contains);
        return one == other ? null : one;
    }
}
