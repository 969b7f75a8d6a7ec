package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** What responses are scored by: a group of options. */
@Heading("Reward")
public record RewardOptions(
        SourceOptions sources,

        @Option(
                help =
                        "Seconds a reward may take for the rollouts of one step; more wait longer before the run ends; auto: 30 for exec:, 600 for any other.",
                unset = "auto")
        @Nullable
        Double rewardTimeout,

        @Option(
                help =
                        "http rewards: environment variable that holds the service's key, or file:PATH; the key goes with each request as Authorization: Bearer.",
                unset = "none")
        @Nullable
        String rewardKey,

        @Option(
                help =
                        "ensemble: how much of the members' spread is subtracted from their mean; a larger one trusts answers less on which they disagree.",
                defaultValue = "1")
        double ensemblePenalty,

        JudgeOptions judge,
        ShapingOptions shaping) {
    /** The rewards, and how they are added. */
    public record SourceOptions(
            @Option(
                    help =
                            "What scores responses: a name such as length, lexicon:FILE, a class, a reward model, http://…, exec:COMMAND",
                    defaultValue = "")
            List<String> reward,

            @Option(
                    help = "The weight of each reward; a larger one makes its reward count more; 1 each if not given.",
                    defaultValue = "")
            List<Double> rewardWeights,

            @Option(
                    help =
                            "Add rewards as they are, or each normalised among the answers to its prompt first (grpo: GDPO), so that none outweighs another by its spread.",
                    defaultValue = "none")
            RewardNormalization rewardNormalization) {
        /** Copies what may change. */
        public SourceOptions {
            reward = List.copyOf(reward);
            rewardWeights = List.copyOf(rewardWeights);
        }
    }

    /** How a judge scores. */
    public record JudgeOptions(
            @Option(
                    help =
                            "judge: rewards: file of text that says what a good answer is, by which each is given 0 to 1.",
                    unset = "none")
            @Nullable
            Path judgeRubric,

            @Option(
                    help =
                            "judge: rewards: environment variable that holds the judge's key, or file:PATH; never the key itself.",
                    defaultValue = "OPENAI_API_KEY")
            String judgeKey) {}

    /** What becomes of the sum of the rewards. */
    public record ShapingOptions(
            @Option(
                    help =
                            "Subtracted from the score of a response that ran into its limit; a larger one makes the policy end sooner; 1 is usual.",
                    unset = "none")
            @Nullable
            Double missingEosPenalty,

            @Option(
                    help = "Hold scores between minus this and this; a larger one lets outliers count more.",
                    unset = "none")
            @Nullable
            Double rewardClip,

            @Option(help = "Bring the tokens' rewards to variance 1 over a step, their mean kept.")
            boolean whitenRewards) {}

    /** How several rewards become what is learnt from. */
    public enum RewardNormalization {
        /** Rewards are added as they are, each with its weight. */
        NONE,
        /** Each reward is less its group's mean, over its group's standard deviation, and is then added with its weight. */
        GROUP
    }

    private static final String EXEC = "exec:";
    private static final double EXEC_SECONDS = 30;
    private static final double SECONDS = 600;

    /** Checks ranges. */
    public RewardOptions {
        if (!sources.rewardWeights().isEmpty()
                && sources.rewardWeights().size() != sources.reward().size()) {
            throw new InputException(format(
                    "reward-weights has %d numbers but reward names %d; give one weight for each.",
                    sources.rewardWeights().size(), sources.reward().size()));
        }
        for (double weight : sources.rewardWeights()) {
            if (!Double.isFinite(weight) || weight == 0) {
                throw new InputException(
                        format("reward-weights holds %s but a weight must be a number other than 0.", weight));
            }
        }
        if (rewardTimeout != null && !(rewardTimeout > 0)) {
            throw new InputException(format("reward-timeout is %s but must be positive; 600 is usual.", rewardTimeout));
        }
        if (!(ensemblePenalty >= 0 && Double.isFinite(ensemblePenalty))) {
            throw new InputException(
                    format("ensemble-penalty is %s but must be 0 or more; 1 is usual.", ensemblePenalty));
        }
        ServiceKey.requireName("judge-key", judge.judgeKey());
        if (rewardKey != null) {
            ServiceKey.requireName("reward-key", rewardKey);
        }
        if (sources.rewardNormalization() == RewardNormalization.GROUP) {
            requireNormalizable(shaping.missingEosPenalty(), shaping.rewardClip());
        }
        if (shaping.missingEosPenalty() != null
                && !(shaping.missingEosPenalty() >= 0 && Double.isFinite(shaping.missingEosPenalty()))) {
            throw new InputException(format(
                    "missing-eos-penalty is %s but must be 0 or more; 1 is usual.", shaping.missingEosPenalty()));
        }
        if (shaping.rewardClip() != null && !(shaping.rewardClip() > 0)) {
            throw new InputException(
                    format("reward-clip is %s but must be positive; 5 is usual.", shaping.rewardClip()));
        }
    }

    /**
     * Asks for the rubric of a judge, and that nothing is a rubric where there is no judge.
     *
     * @param evalReward what scores held-out answers; null for nothing
     */
    void requireRubric(@Nullable String evalReward) {
        boolean learnt = sources.reward().stream().anyMatch(RewardOptions::isJudge);
        boolean judged = learnt || (evalReward != null && isJudge(evalReward));
        if (judged != (judge.judgeRubric() != null)) {
            throw new InputException(
                    judged
                            ? format(
                                    "%s is a judge, which scores by a rubric; give judge-rubric, a file of text that says what a good answer is.",
                                    learnt ? "reward" : "eval-reward")
                            : format(
                                    "judge-rubric is %s but no reward is a judge (judge:openai:URL#model); drop it.",
                                    judge.judgeRubric()));
        }
    }

    private static boolean isJudge(String reward) {
        return reward.startsWith("judge:");
    }

    /** Asks that nothing is given which acts on the plain sum of the rewards, where they are normalised first. */
    private static void requireNormalizable(@Nullable Double missingEosPenalty, @Nullable Double rewardClip) {
        String given = missingEosPenalty != null ? "missing-eos-penalty" : rewardClip != null ? "reward-clip" : null;
        if (given != null) {
            throw new InputException(given
                    + " is given, which changes the sum of the rewards, but reward-normalization group normalises each reward before the"
                    + " sum; drop one of the two.");
        }
    }

    /** Returns these options with other names of the same rewards. */
    public RewardOptions named(UnaryOperator<String> naming) {
        return new RewardOptions(
                new SourceOptions(
                        sources.reward().stream().map(naming).toList(),
                        sources.rewardWeights(),
                        sources.rewardNormalization()),
                rewardTimeout,
                rewardKey,
                ensemblePenalty,
                judge,
                shaping);
    }

    /** Returns the options of a reward that judges answers which nothing is learnt from: it alone, as it is. */
    RewardOptions judging(String named) {
        return new RewardOptions(
                new SourceOptions(List.of(named), List.of(), RewardNormalization.NONE),
                rewardTimeout,
                rewardKey,
                ensemblePenalty,
                judge,
                new ShapingOptions(null, null, false));
    }

    /** Returns the seconds that a reward may take for the rollouts of one step. */
    public double seconds(String of) {
        double usual = of.startsWith(EXEC) ? EXEC_SECONDS : SECONDS;
        return rewardTimeout == null ? usual : rewardTimeout;
    }

    /** Returns these options with the time that a reward may take as a number, where all have the same. */
    RewardOptions settled() {
        double[] seconds = sources.reward().isEmpty()
                ? new double[] {seconds("")}
                : sources.reward().stream()
                        .mapToDouble(this::seconds)
                        .distinct()
                        .toArray();
        return seconds.length > 1
                ? this
                : new RewardOptions(sources, seconds[0], rewardKey, ensemblePenalty, judge, shaping);
    }

    /** Returns the weight of each reward, {@code [rewards]}. */
    public double[] weights() {
        if (!sources.rewardWeights().isEmpty()) {
            return sources.rewardWeights().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
        double[] ones = new double[sources.reward().size()];
        Arrays.fill(ones, 1);
        return ones;
    }
}
