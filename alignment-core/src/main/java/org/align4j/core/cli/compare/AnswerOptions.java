package org.align4j.core.cli.compare;

import java.util.List;
import org.align4j.core.options.Option;
import org.align4j.core.task.TaskSettings.AnswerSettings;
import org.jspecify.annotations.Nullable;

/**
 * Says how answers are written and compared: a group of options.
 *
 * @param maxNewTokens tokens of an answer; null: as each kind usually has it
 * @param temperature of sampling; 0: the likeliest tokens
 * @param stop texts at which an answer ends
 * @param answerPattern what is compared of an answer; null: all of it
 */
record AnswerOptions(
        @Option(
                help =
                        "Tokens an answer may have; more cut fewer answers and take longer; by default 256, for IFEval 1280.",
                unset = "auto")
        @Nullable
        Integer maxNewTokens,

        @Option(
                help =
                        "Divides the scores of answers' tokens; a higher one makes answers more varied, 0 always takes the likeliest.",
                defaultValue = "0")
        double temperature,

        @Option(
                help = "Texts at which an answer ends, comma separated; they are cut off. White space counts; \\n is a"
                        + " line break, \\t a tab, \\\\ a backslash, \\, a comma.",
                defaultValue = "",
                escapes = true)
        List<String> stop,

        @Option(help = "A pattern with a group, whose last match is compared with the answer, such as ####\\s*(\\S+).")
        @Nullable
        String answerPattern) {

    /** Checks ranges. */
    public AnswerOptions {
        stop = List.copyOf(stop);
        new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
    }

    AnswerSettings settings() {
        return new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
    }
}
