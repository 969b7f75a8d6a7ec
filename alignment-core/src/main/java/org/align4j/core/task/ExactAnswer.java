package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.UserPattern;
import org.jspecify.annotations.Nullable;

/**
 * The rule {@code exact-answer}: a response is right where it says what the answer says; case and the amount of white space don't count.
 * Where there is a pattern, the first group of its last match in the response is compared instead, and without a match it is wrong.
 *
 * @param pattern with a group; null for the whole response
 */
public record ExactAnswer(@Nullable UserPattern pattern) {
    /** Compares whole responses. */
    public static final ExactAnswer WHOLE = new ExactAnswer(null);

    /**
     * Makes a rule that compares what a pattern finds, such as {@code ####\s*(\S+)}.
     *
     * @param what names in messages where the pattern stands
     * @throws InputException if it is no regular expression, or has no group
     */
    public static ExactAnswer found(String what, String expression) {
        UserPattern pattern = UserPattern.acrossLines(what, expression);
        if (pattern.groups() < 1) {
            throw new InputException(format(
                    "%s is %s, whose pattern has no group; put what is compared in parentheses.", what, expression));
        }
        return new ExactAnswer(pattern);
    }

    /**
     * Tells whether a response is right.
     *
     * @throws InputException if the pattern's search does not come to an end
     */
    public boolean isRight(String response, String answer) {
        String said = pattern == null ? response : pattern.lastGroup(response);
        return said != null && normal(said).equals(normal(answer));
    }

    private static String normal(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }
}
