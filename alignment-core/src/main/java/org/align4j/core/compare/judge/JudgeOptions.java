package org.align4j.core.compare.judge;

import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * Says how judges are asked: a group of options.
 *
 * @param judgePrompt a file with the words that ask a chat endpoint; null for our own
 * @param judgeKey the environment variable that holds the endpoint's key
 * @param judgeRequests requests under way at a time
 * @param judgeTimeout seconds that an answer may take
 * @param judgeAttempts how often a request is sent in all
 * @param judgeTokens tokens that a reply may have
 * @param judgeCache the folder of verdicts that were paid for; null for the user's cache folder
 */
public record JudgeOptions(
        @Option(help = "openai: file that asks for a verdict, with {prompt}, {answer_a} and {answer_b}; see docs.")
        @Nullable
        Path judgePrompt,

        @Option(help = "openai: environment variable that holds the key.", defaultValue = "OPENAI_API_KEY")
        String judgeKey,

        @Option(
                help = "openai: requests under way at a time; more are faster and meet limits sooner.",
                defaultValue = "4")
        int judgeRequests,

        @Option(
                help = "openai: seconds that a reply may take; more wait longer before the request is sent again.",
                defaultValue = "120")
        int judgeTimeout,

        @Option(
                help =
                        "openai: how often a request is sent where it fails, with longer and longer pauses; more outlast longer failures.",
                defaultValue = "6")
        int judgeAttempts,

        @Option(
                help = "openai: tokens that a reply may have; more leave room for reasons and cost more.",
                defaultValue = "1024")
        int judgeTokens,

        @Option(help = "openai: folder of the verdicts that were paid for.", unset = "the cache folder") @Nullable
        Path judgeCache) {
    /** Our own prompt, four requests at a time, six attempts. */
    public static final JudgeOptions USUAL = new JudgeOptions(null, "OPENAI_API_KEY", 4, 120, 6, 1024, null);

    /** Checks ranges. */
    public JudgeOptions {
        require("judge-requests", judgeRequests, 64);
        require("judge-timeout", judgeTimeout, 3600);
        require("judge-attempts", judgeAttempts, 20);
        require("judge-tokens", judgeTokens, 1 << 20);
        if (judgeKey.isBlank() || judgeKey.contains("=")) {
            throw new InputException(
                    "judge-key must be the name of an environment variable, such as OPENAI_API_KEY; never give the key itself.");
        }
    }

    private static void require(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new InputException(name + " is " + value + " but must be 1 to " + most + ".");
        }
    }
}
