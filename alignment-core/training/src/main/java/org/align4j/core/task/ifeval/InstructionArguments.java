package org.align4j.core.task.ifeval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.SearchAllowance;
import org.align4j.core.pattern.UserPattern;
import org.jspecify.annotations.Nullable;

/**
 * The numbers and words that a row gives for one instruction. One that is missing is an error: nobody could tell whether the answer follows
 * it, and the first implementation draws a random one.
 *
 * @param where the file, line and place in the row, for messages
 * @param id the kind of instruction
 * @param searches what the expressions of the row's file may read
 */
record InstructionArguments(String where, String id, Map<?, ?> values, SearchAllowance searches) {
    private static final String AT_LEAST = "at least";
    private static final String LESS_THAN = "less than";

    /** Refuses values that this kind of instruction has no use for; empty ones say nothing, as tables have them. */
    void refuseOthers(List<String> names) {
        values.forEach((name, value) -> {
            if (!names.contains(String.valueOf(name)) && !isEmpty(value)) {
                throw new InputException(format(
                        "%s: %s has no use for %s; %s.",
                        where,
                        id,
                        name,
                        names.isEmpty() ? "it takes nothing" : "it takes " + String.join(", ", names)));
            }
        });
    }

    private static boolean isEmpty(@Nullable Object value) {
        return value == null
                || "".equals(value)
                || Boolean.FALSE.equals(value)
                || (value instanceof Number number && number.doubleValue() == 0)
                || (value instanceof List<?> list && list.isEmpty());
    }

    /** Returns a whole number that is not negative. */
    int count(String name) {
        Object value = required(name, "a whole number");
        if (value instanceof Number number
                && number.doubleValue() == Math.rint(number.doubleValue())
                && number.doubleValue() >= 0
                && number.doubleValue() <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw wrong(name, value, "a whole number from 0");
    }

    /** Returns a text that is not blank, without white space at its ends. */
    String text(String name) {
        Object value = required(name, "a text");
        if (value instanceof String text && !Spaces.only(text)) {
            return Spaces.strip(text);
        }
        throw wrong(name, value, "a text that is not blank");
    }

    /** Returns a list of texts, at least one. */
    List<String> texts(String name) {
        Object value = required(name, "a list of texts");
        List<String> texts = new ArrayList<>();
        for (Object element : value instanceof List<?> list ? list : List.of()) {
            if (!(element instanceof String text) || text.isEmpty()) {
                throw wrong(name, value, "a list of texts, none of them empty");
            }
            texts.add(text);
        }
        if (texts.isEmpty()) {
            throw wrong(name, value, "a list of at least one text");
        }
        return texts;
    }

    /** Returns a regular expression that matches in either case, made of a text of the row. */
    UserPattern pattern(String name, String expression) {
        return UserPattern.inEitherCase(place(name), expression).within(searches);
    }

    /** Names one of the values with the row that has it, for messages. */
    String place(String name) {
        return where + ": " + name;
    }

    /**
     * Compares counts with the row's number, as its relation says.
     *
     * @param relation the name of the relation, "at least" or "less than"
     * @param threshold the name of the number
     */
    IntPredicate bound(String relation, String threshold) {
        int number = count(threshold);
        String kind = text(relation);
        return switch (kind) {
            case AT_LEAST -> count -> count >= number;
            case LESS_THAN -> count -> count < number;
            default -> throw wrong(relation, kind, "\"" + AT_LEAST + "\" or \"" + LESS_THAN + "\"");
        };
    }

    /** Says that a value is none that its instruction can be checked with. */
    InputException wrong(String name, Object value, String needed) {
        return new InputException(format("%s: %s is %s but %s needs %s.", where, name, quoted(value), id, needed));
    }

    private static String quoted(Object value) {
        return value instanceof String text ? "\"" + text + "\"" : String.valueOf(value);
    }

    private Object required(String name, String what) {
        Object value = values.get(name);
        if (value == null) {
            throw new InputException(format(
                    "%s: %s is missing; nobody can tell whether an answer follows %s without %s.",
                    where, name, id, what));
        }
        return value;
    }
}
