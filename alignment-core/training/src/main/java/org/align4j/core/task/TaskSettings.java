package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.pattern.UserPattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds how a model is asked.
 *
 * @param fewShot examples shown before each item
 * @param examples the task that examples are drawn from; null: the task itself, without the item that is asked
 * @param chatTemplate whether prompts go through the model's chat template; null: only those of IFEval, where the model has one
 * @param seed of the drawing of examples, and of what is drawn in answers
 * @param limit the first items of a task alone; null: all
 * @param dropsTooLong whether items that don't fit the model are left out and counted; else they are an error
 * @param answers how answers are written and read
 */
public record TaskSettings(
        int fewShot,
        @Nullable Path examples,
        @Nullable Boolean chatTemplate,
        long seed,
        @Nullable Integer limit,
        boolean dropsTooLong,
        AnswerSettings answers) {
    /** No examples, no template where none is needed, all items. */
    public static final TaskSettings USUAL = new TaskSettings(0, null, null, 42, null, false, AnswerSettings.USUAL);

    /** Checks ranges, and that examples are asked for where a file of them is named. */
    public TaskSettings {
        if (fewShot < 0) {
            throw new InputException("few-shot is " + fewShot + " but must be 0 or more.");
        }
        InputException.requireAtLeast(1, "limit", limit, "leave it out for all items");
        if (examples != null && fewShot == 0) {
            throw new InputException("few-shot-data is " + examples
                    + " but few-shot is 0, so that no example is shown; give --few-shot N.");
        }
    }

    /**
     * Holds how answers are written and read.
     *
     * @param maxNewTokens tokens an answer may have; null: {@link #usualTokens}
     * @param temperature 0 for always the likeliest token
     * @param stop texts at which an answer ends
     * @param pattern whose last match in an answer is compared with the right one; null: the whole answer is
     */
    public record AnswerSettings(
            @Nullable Integer maxNewTokens,
            double temperature,
            List<String> stop,
            @Nullable String pattern) {
        /** Always the likeliest token, the whole answer compared. */
        public static final AnswerSettings USUAL = new AnswerSettings(null, 0, List.of(), null);

        /** Checks ranges. */
        public AnswerSettings {
            stop = List.copyOf(stop);
            InputException.requireAtLeast(1, "max-new-tokens", maxNewTokens, "256 is usual");
            new Sampling(temperature, 0, 1);
            if (pattern != null) {
                ExactAnswer.found("answer-pattern", pattern);
            }
        }

        /** Returns the rule by which answers are compared. */
        public ExactAnswer rule() {
            return pattern == null ? ExactAnswer.WHOLE : ExactAnswer.found("answer-pattern", pattern);
        }

        /** Returns the tokens that an answer may have where nobody says it: 1280 for IFEval, as its authors have it, else 256. */
        public static int usualTokens(TaskKind kind) {
            return kind == TaskKind.IFEVAL ? 1280 : 256;
        }

        /**
         * Returns how the answers to a kind of task are generated.
         *
         * @param seed of what is drawn, where the temperature is above 0
         */
        public GenerationSettings of(TaskKind kind, long seed) {
            int tokens = maxNewTokens == null ? usualTokens(kind) : maxNewTokens;
            return new GenerationSettings(tokens, new Sampling(temperature, 0, 1), 1, seed, stop, false);
        }
    }

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
                        "%s is %s, whose pattern has no group; put what is compared in parentheses.",
                        what, expression));
            }
            return new ExactAnswer(pattern);
        }

        /**
         * Returns whether a response is right.
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
}
