package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.time.Duration;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** What answers the policy between its turns: a group of options. */
@Heading("Environment")
record EnvironmentOptions(
        @Option(
                help =
                        "What answers the policy between its turns, and rewards them: a name, a class, exec:COMMAND or http://… (OpenEnv).",
                unset = "none")
        @Nullable
        String environment,

        @Option(help = "Turns of the policy in an episode; more let it use more answers; auto is 8.", unset = "auto")
        @Nullable
        Integer maxTurns,

        @Option(
                help =
                        "Tokens of an episode after its prompt, the environment's too; a turn begins only where max-new-tokens more fit; auto is what max-length leaves.",
                unset = "auto")
        @Nullable
        Integer maxEpisodeTokens,

        @Option(
                help =
                        "Seconds an environment may take for all its answers in an episode; more wait longer before the episode fails; auto is 60.",
                unset = "auto")
        @Nullable
        Double maxEpisodeSeconds,

        @Option(
                help =
                        "What a turn is credited with: the whole episode's rewards (episode), or its own and those of later turns (turn); auto is episode.",
                unset = "auto")
        @Nullable
        CreditScope credit) {

    /** What holds where there is no environment. */
    static final EnvironmentOptions NONE = new EnvironmentOptions(null, null, null, null, null);

    private static final int USUAL_TURNS = 8;
    private static final double USUAL_SECONDS = 60;

    /** Names what a turn is credited with. */
    enum CreditScope {
        /** Credits a turn with its own rewards and those of later turns. */
        TURN,
        /** Credits every turn with all rewards of its episode. */
        EPISODE
    }

    /** Checks ranges, and refuses what speaks of an environment where there is none. */
    public EnvironmentOptions {
        InputException.requireAtLeast(1, "max-turns", maxTurns, "8 is usual");
        InputException.requireAtLeast(1, "max-episode-tokens", maxEpisodeTokens, "");
        if (maxEpisodeSeconds != null
                && !(maxEpisodeSeconds > 0
                        && maxEpisodeSeconds <= Duration.ofDays(1).toSeconds())) {
            throw new InputException(format(
                    "max-episode-seconds is %s but must be positive and at most a day; 60 is usual.",
                    maxEpisodeSeconds));
        }
        if (environment == null) {
            requireEnvironment("max-turns", maxTurns);
            requireEnvironment("max-episode-tokens", maxEpisodeTokens);
            requireEnvironment("max-episode-seconds", maxEpisodeSeconds);
            requireEnvironment("credit", credit);
        }
    }

    private static void requireEnvironment(String name, @Nullable Object given) {
        if (given != null) {
            throw new InputException(
                    format("%s is given, but there is no environment; add environment, or drop it.", name));
        }
    }

    /**
     * Settles what is still auto; null where there is no environment.
     *
     * @param maxLength tokens that a prompt and its episode may have together
     */
    @Nullable
    EnvironmentPlan plan(int maxLength) {
        return environment == null
                ? null
                : new EnvironmentPlan(
                        environment,
                        maxTurns == null ? USUAL_TURNS : maxTurns,
                        maxEpisodeTokens == null ? maxLength : Math.min(maxLength, maxEpisodeTokens),
                        maxEpisodeSeconds == null ? USUAL_SECONDS : maxEpisodeSeconds,
                        credit == null ? CreditScope.EPISODE : credit);
    }

    /**
     * An environment and the limits of its episodes, every auto of {@link EnvironmentOptions} settled.
     *
     * @param environment what it is called
     * @param maxTurns turns of the policy in an episode
     * @param maxEpisodeTokens tokens of an episode after its prompt
     * @param maxEpisodeSeconds time for all answers of an environment in one episode
     * @param credit what a turn is credited with
     */
    record EnvironmentPlan(
            String environment, int maxTurns, int maxEpisodeTokens, double maxEpisodeSeconds, CreditScope credit) {

        /** Returns this plan as options: what config.yaml holds. */
        EnvironmentOptions options() {
            return new EnvironmentOptions(environment, maxTurns, maxEpisodeTokens, maxEpisodeSeconds, credit);
        }

        /** Returns the time for all answers of an environment in one episode. */
        Duration episodeTime() {
            return Duration.ofNanos((long) (maxEpisodeSeconds * 1e9));
        }
    }
}
