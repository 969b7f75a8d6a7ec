package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Reads verdicts off objects in the forms that are known:
 *
 * <ul>
 *   <li>{@code {"prompt" or "row", "a", "b", "winner"}}: a and b are systems (also {@code model_a}, {@code model_b}); the winner is
 *       a system's name, a, b, model_a, model_b or a tie;
 *   <li>{@code {"prompt" or "row", "a", "b", "preference"}}: how far b is preferred, from 0 to 1, or null, as {@code
 *       verdicts.jsonl} has it;
 *   <li>AlpacaEval's annotations {@code {"instruction", "generator_1", "generator_2", "preference"}}: from 1 to 2, null, or 0 for a
 *       tie.
 * </ul>
 */
final class VoteForms {
    private static final List<String> TIES = List.of("tie", "both", "neither", "tie (bothbad)", "bothbad", "draw");

    private VoteForms() {}

    /**
     * A verdict that a file holds.
     *
     * @param prompt the prompt's words; null where the file names the row alone
     * @param row the prompt's number; null where the file has its words
     * @param sample which of the systems' answers to the prompt; null for any
     * @param a the name of one system
     * @param b the name of the other system
     * @param forB how far b is preferred, from 0 to 1; null where the file holds a verdict that says nothing
     */
    record Vote(
            @Nullable String prompt,
            @Nullable Integer row,
            @Nullable Integer sample,
            String a,
            String b,
            @Nullable Double forB) {}

    /**
     * Reads a verdict.
     *
     * @throws org.align4j.core.error.InputException naming the line, where it has none of these forms
     */
    static Vote read(Origin origin, Map<String, @Nullable Object> fields) {
        if (isAnnotation(fields)) {
            return new Vote(
                    text(origin, fields, "instruction"),
                    null,
                    null,
                    text(origin, fields, "generator_1"),
                    text(origin, fields, "generator_2"),
                    annotated(origin, fields.get("preference")));
        }
        String a = name(origin, fields, "a", "model_a");
        String b = name(origin, fields, "b", "model_b");
        String prompt = fields.get("prompt") instanceof String words ? words : null;
        Integer row = whole(fields.get("row"));
        if (prompt == null && row == null) {
            throw origin.error("a verdict needs \"prompt\", the prompt's words, or \"row\", its number from 0.");
        }
        Double forB = fields.containsKey("preference")
                ? preference(origin, fields.get("preference"))
                : winner(origin, fields.get("winner"), a, b);
        return new Vote(prompt, row, whole(fields.get("sample")), a, b, forB);
    }

    /** Tells whether an object is one of AlpacaEval's annotations. */
    static boolean isAnnotation(Map<String, @Nullable Object> fields) {
        return fields.containsKey("instruction") && fields.containsKey("generator_1");
    }

    private static @Nullable Double annotated(Origin origin, @Nullable Object given) {
        if (given == null) {
            return null;
        }
        double value = given instanceof Number number ? number.doubleValue() : Double.NaN;
        if (value == 0) {
            return 0.5;
        }
        if (!(value >= 1 && value <= 2)) {
            throw origin.error(format(
                    "\"preference\" is %s; an annotation's is from 1 (output_1) to 2 (output_2), 0 for a tie, or null.",
                    Shortened.of(given)));
        }
        return value - 1;
    }

    private static @Nullable Double preference(Origin origin, @Nullable Object given) {
        if (given == null) {
            return null;
        }
        double value = given instanceof Number number ? number.doubleValue() : Double.NaN;
        if (!(value >= 0 && value <= 1)) {
            throw origin.error(format(
                    "\"preference\" is %s but says how far b is preferred, from 0 to 1, or is null.",
                    Shortened.of(given)));
        }
        return value;
    }

    private static @Nullable Double winner(Origin origin, @Nullable Object given, String a, String b) {
        if (given == null) {
            return null;
        }
        String winner = String.valueOf(given);
        String plain = winner.toLowerCase(Locale.ROOT).strip();
        if (winner.equals(b) || plain.equals("b") || plain.equals("model_b")) {
            return 1.0;
        }
        if (winner.equals(a) || plain.equals("a") || plain.equals("model_a")) {
            return 0.0;
        }
        if (TIES.contains(plain)) {
            return 0.5;
        }
        throw origin.error(format("\"winner\" is %s but must be %s, %s, a, b or tie.", Shortened.of(winner), a, b));
    }

    private static String name(Origin origin, Map<String, @Nullable Object> fields, String key, String other) {
        return fields.get(key) instanceof String name
                ? name
                : text(origin, fields, fields.containsKey(other) ? other : key);
    }

    private static String text(Origin origin, Map<String, @Nullable Object> fields, String key) {
        if (fields.get(key) instanceof String text) {
            return text;
        }
        throw origin.error(format(
                "\"%s\" is no text; a verdict needs prompt or row, a, b and winner (or preference), an annotation of AlpacaEval"
                        + " instruction, generator_1, generator_2 and preference.",
                key));
    }

    private static @Nullable Integer whole(@Nullable Object value) {
        return value instanceof Number number ? number.intValue() : null;
    }
}
