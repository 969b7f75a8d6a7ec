package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.data.row.Fields;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Holds keys that say which answer of a pair is better (a winner, scores, a label) to the order of the pair, where nobody
 * read them: one that contradicts it is an error, one that agrees or says nothing about it is counted. Where the columns
 * that the user named don't say themselves which answer is better, a winner that can't be understood is an error too.
 */
final class OrderKeys {
    private static final Set<String> WINNERS = Set.of("winner", "preferred", "preference", "better");
    private static final Set<String> LABELS = Set.of("label", "labels");
    private static final Set<String> GRADES =
            Set.of("score", "scores", "rating", "ratings", "reward", "rewards", "grade", "feedback");

    private static final int SHOWN = 60;

    private final Fields fields;
    private final Sides sides;
    private final List<PreferenceKey> unclear = new ArrayList<>();
    private boolean agreed;

    private OrderKeys(Fields fields, Sides sides) {
        this.fields = fields;
        this.sides = sides;
    }

    /**
     * Checks the keys of a pair.
     *
     * @param unread the keys that nobody read, with their values
     * @param better the field of the better answer, {@code chosen} say
     * @param worse the field of the other one
     */
    static void check(Fields fields, Map<String, @Nullable Object> unread, String better, String worse) {
        if (unread.isEmpty()) {
            return;
        }
        OrderKeys keys = new OrderKeys(fields, new Sides(fields, better, worse));
        unread.forEach((key, value) -> {
            if (value != null) {
                keys.check(key);
            }
        });
        keys.requireOrder();
    }

    /** Counts the keys that judge a row with one answer and that nobody read, and returns them. */
    static List<String> note(Fields fields, Map<String, @Nullable Object> unread) {
        List<String> judging = new ArrayList<>();
        for (String key : unread.keySet()) {
            if (unread.get(key) != null && !LABELS.contains(key) && (namesWinner(key) || grades(key))) {
                fields.note('"' + key + "\" is given beside the answer and is not read");
                judging.add(key);
            }
        }
        return judging;
    }

    private static boolean namesWinner(String key) {
        return LABELS.contains(key) || Words.of(key).stream().anyMatch(WINNERS::contains);
    }

    private static boolean grades(String key) {
        return Words.of(key).stream().anyMatch(GRADES::contains);
    }

    private void check(String key) {
        boolean winner = namesWinner(key);
        if (!winner && !grades(key)) {
            return;
        }
        String counterpart = sides.counterpart(key);
        if (counterpart != null && Boolean.FALSE.equals(sides.side(key))) {
            return; // the key of the better answer speaks for both
        }
        PreferenceKey said = new PreferenceKey(key, counterpart, winner);
        switch (verdict(said)) {
            case BETTER -> {
                agreed = true;
                fields.note(said.named("agrees", "agree") + " with the order of the pair and " + said.unread());
            }
            case WORSE -> throw contradiction(said);
            case NEITHER -> neither(said);
            case UNCLEAR -> unclear(said);
        }
    }

    private Sides.Verdict verdict(PreferenceKey said) {
        Object value = fields.peek(said.key);
        if (said.counterpart != null) {
            return sides.compare(value, fields.peek(said.counterpart));
        }
        return said.winner ? sides.winner(said.key) : sides.grades(value);
    }

    /**
     * A key that says which answer is better.
     *
     * @param counterpart the key for the worse answer where {@code key} is that for the better one; else null
     * @param winner whether it names the better answer; else it grades
     */
    private record PreferenceKey(String key, @Nullable String counterpart, boolean winner) {
        String named(String one, String two) {
            return counterpart == null ? '"' + key + "\" " + one : '"' + key + "\" and \"" + counterpart + "\" " + two;
        }

        String unread() {
            return counterpart == null ? "is not read" : "are not read";
        }
    }

    private String shown(PreferenceKey said) {
        String first = '"' + said.key + "\" is " + shown(fields.peek(said.key));
        return said.counterpart == null
                ? first
                : first + " and \"" + said.counterpart + "\" is " + shown(fields.peek(said.counterpart));
    }

    private InputException contradiction(PreferenceKey said) {
        return fields.origin()
                .error(shown(said) + ", but " + sides.order() + "; swap the two answers, or take "
                        + (said.counterpart == null ? "the key" : "the two keys") + " or the row out.");
    }

    private void neither(PreferenceKey said) {
        if (said.winner || !sides.named()) {
            throw fields.origin()
                    .error(shown(said) + ", so that neither answer is better, but " + sides.order()
                            + "; take the row out, or the " + (said.counterpart == null ? "key." : "two keys."));
        }
        fields.note(said.named("finds", "find") + " neither answer of the pair better and " + said.unread());
    }

    private void unclear(PreferenceKey said) {
        if (said.winner && !sides.named()) {
            unclear.add(said);
        } else {
            note(said);
        }
    }

    private void note(PreferenceKey said) {
        fields.note(said.named("is given", "are given") + " beside the pair and " + said.unread());
    }

    private void requireOrder() {
        if (!unclear.isEmpty() && !agreed) {
            throw fields.origin()
                    .error(shown(unclear.get(0)) + ", which does not say which of " + sides.names()
                            + " is better, and their names don't either; put the better answer under \"chosen\" and the"
                            + " other under \"rejected\".");
        }
        unclear.forEach(this::note);
    }

    private static String shown(@Nullable Object value) {
        String text = value instanceof String ? '"' + String.valueOf(value) + '"' : String.valueOf(value);
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    }

    /** The two answers of a pair as other keys of its row speak of them: as chosen and rejected, a and b, 1 and 2. */
    private static final class Sides {
        private static final Set<String> GOOD =
                Set.of("chosen", "preferred", "better", "best", "winner", "winning", "good", "positive", "accepted");
        private static final Set<String> BAD =
                Set.of("rejected", "dispreferred", "worse", "worst", "loser", "losing", "bad", "negative");
        private static final Set<String> FIRST = Set.of("a", "first");
        private static final Set<String> SECOND = Set.of("b", "second");
        private static final Set<String> TIED = Set.of("tie", "tied", "both", "neither", "equal", "same", "draw");
        private static final int WORDS_OF_A_NAME = 4;

        /** The order of a pair's answers according to one of its keys. */
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

        /** Names the better answer according to chosen and rejected, as half a sentence. */
        String order() {
            return (named() ? "" : "columns make ") + '"' + better + '"' + (named() ? " is" : "")
                    + " the better answer";
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

        /** Returns the order that the grades of both answers give, where one value holds both: {@code {"chosen": 7, "rejected": 3}}. */
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
                    return true; // winner: b with response_b, which is the chosen answer
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
}
