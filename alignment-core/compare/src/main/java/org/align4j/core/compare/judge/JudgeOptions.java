package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.options.Option;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** Says how judges are asked: a group of options. */
public record JudgeOptions(
        @Option(help = "openai: file that asks for a verdict, with {prompt}, {answer_a} and {answer_b}; see docs.")
        @Nullable
        Path judgePrompt,

        @Option(
                help = "openai: environment variable that holds the key, or file:PATH; never the key itself.",
                defaultValue = "OPENAI_API_KEY")
        String judgeKey,

        RequestOptions requests,

        @Option(help = "openai: folder of the verdicts that were paid for.", unset = "the cache folder") @Nullable
        Path judgeCache,

        @Option(
                help =
                        "reward:http…: environment variable that holds the service's key, or file:PATH; the key goes with each request as Authorization: Bearer.",
                unset = "none")
        @Nullable
        String rewardKey,

        @Option(
                help =
                        "Share of a judge's verdicts that may be unusable, above which the command ends with exit code 1 once its files are written; a larger one lets more pass, 1 all; recorded: has no bound.",
                defaultValue = "0.2")
        double maxUnusable) {
    /** The options for how a hosted judge is asked. */
    public record RequestOptions(
            @Option(
                    help = "openai: requests under way at a time; more are faster and meet limits sooner.",
                    defaultValue = "4")
            int judgeRequests,

            @Option(
                    help =
                            "openai: seconds that a whole reply may take; more wait longer before the request is sent again.",
                    defaultValue = "120")
            int judgeTimeout,

            @Option(
                    help =
                            "openai: the number of attempts for a request that fails, with longer and longer pauses; more outlast longer failures.",
                    defaultValue = "6")
            int judgeAttempts,

            @Option(
                    help = "openai: tokens that a reply may have; more leave room for reasons and cost more.",
                    defaultValue = "1024")
            int judgeTokens) {}

    private static final String JUDGE_KEY = "judge-key";
    private static final String USUAL_KEY = "OPENAI_API_KEY";

    /** Returns the options that are usual, with the name of a key. */
    static JudgeOptions usual(String key) {
        return new JudgeOptions(null, key, new RequestOptions(4, 120, 6, 1024), null, null, 0.2);
    }

    /** Checks ranges. */
    public JudgeOptions {
        require("judge-requests", requests.judgeRequests(), 64);
        require("judge-timeout", requests.judgeTimeout(), 3600);
        require("judge-attempts", requests.judgeAttempts(), 20);
        require("judge-tokens", requests.judgeTokens(), 1 << 20);
        ServiceKey.requireName(JUDGE_KEY, judgeKey);
        if (rewardKey != null) {
            ServiceKey.requireName("reward-key", rewardKey);
        }
        if (!(maxUnusable >= 0 && maxUnusable <= 1)) {
            throw new InputException("max-unusable is " + maxUnusable + " but must be 0 to 1; 0.2 is usual.");
        }
    }

    /**
     * Reads the key of an endpoint.
     *
     * @return null where the variable that is usual isn't set
     * @throws InputException where another one isn't set, or its file can't be read
     */
    public @Nullable ServiceKey key(Map<String, String> environment) {
        return judgeKey.equals(USUAL_KEY)
                ? ServiceKey.find(JUDGE_KEY, judgeKey, environment)
                : ServiceKey.require(JUDGE_KEY, judgeKey, environment);
    }

    /**
     * Asks that no judge said nothing usable too often.
     *
     * @param judge as it is called
     * @param problems what was wrong, in words; empty where that isn't known
     * @throws RunException where it did; all that it said is written by then
     */
    public void requireUsable(String judge, long unusable, long verdicts, String problems) {
        if (verdicts > 0 && (double) unusable / verdicts > maxUnusable) {
            throw new RunException(format(
                    "%,d of %,d verdicts of %s are unusable%s, a share of %.3f, which is above max-unusable (%s); the figures rest on the"
                            + " others. Fix the judge and run again, or raise max-unusable.",
                    unusable,
                    verdicts,
                    judge,
                    problems.isEmpty() ? "" : " (" + problems + ")",
                    (double) unusable / verdicts,
                    maxUnusable));
        }
    }

    private static void require(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new InputException(name + " is " + value + " but must be 1 to " + most + ".");
        }
    }
}
