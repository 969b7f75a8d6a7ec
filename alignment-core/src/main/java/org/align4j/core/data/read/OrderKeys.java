package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
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
     * @param better the field of the better answer, {@code chosen} say
     * @param worse the field of the other one
     */
    static void check(Fields fields, String better, String worse) {
        Set<String> unread = fields.unread();
        if (unread.isEmpty()) {
            return;
        }
        OrderKeys keys = new OrderKeys(fields, new Sides(fields, better, worse));
        for (String key : unread) {
            if (fields.peek(key) != null) {
                keys.check(key);
            }
        }
        keys.requireOrder();
    }

    /** Counts the keys that judge a row with one answer and that nobody read, and returns them. */
    static List<String> note(Fields fields) {
        List<String> judging = new ArrayList<>();
        for (String key : fields.unread()) {
            if (fields.peek(key) != null && !LABELS.contains(key) && (namesWinner(key) || grades(key))) {
                fields.note('"' + key + "\" stands beside the answer and is not read");
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
        fields.note(said.named("stands", "stand") + " beside the pair and " + said.unread());
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
}
