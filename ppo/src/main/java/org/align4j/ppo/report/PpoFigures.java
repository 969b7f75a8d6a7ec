package org.align4j.ppo.report;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;

/** The figures of policies that learn from scores of their own answers. */
public final class PpoFigures {
    /** The divergence of an answer from the reference, estimated by k1: the one that rules go by. */
    public static final Figure KL = Figure.of("objective/kl", Meaning.DIVERGENCE)
            .lowerIsBetter()
            .captioned("KL to the reference, nats per answer");

    /** The divergence by k2, where that is penalised by. */
    public static final Figure KL_K2 =
            Figure.of("objective/kl_k2", Meaning.QUANTITY).lowerIsBetter();

    /** The divergence by k3, where that is penalised by. */
    public static final Figure KL_K3 =
            Figure.of("objective/kl_k3", Meaning.QUANTITY).lowerIsBetter();

    /** The entropy of a token of the policy's answers. */
    public static final Figure ENTROPY =
            Figure.of("objective/entropy", Meaning.ENTROPY).captioned("Entropy per token");

    /** The mean score of the answers. */
    public static final Figure SCORE =
            Figure.of("objective/scores", Meaning.SCORE).higherIsBetter().captioned("Score of an answer");

    /** The standard deviation of the answers' scores. */
    public static final Figure SCORE_DEVIATION = Figure.of("objective/scores_std", Meaning.QUANTITY);

    /** The score less the penalty on divergence. */
    public static final Figure OBJECTIVE =
            Figure.of("objective/rlhf_reward", Meaning.QUANTITY).higherIsBetter();

    /** The penalty on divergence, as it is added to the score. */
    public static final Figure PENALTY =
            Figure.of("objective/non_score_reward", Meaning.QUANTITY).higherIsBetter();

    /** The perplexity of the answers under the reference. */
    public static final Figure REFERENCE_PERPLEXITY = Figure.of(
                    "objective/reference_perplexity", Meaning.REFERENCE_PERPLEXITY)
            .lowerIsBetter();

    /** The mean number of tokens of an answer. */
    public static final Figure LENGTH =
            Figure.of("responses/length", Meaning.LENGTH).captioned("Tokens of an answer");

    /** The share of the answers that ended by themselves. */
    public static final Figure FINISHED = Figure.of("responses/finished_fraction", Meaning.FINISHED)
            .higherIsBetter()
            .captioned("Answers finished");

    /** The share of the answers that are empty or didn't end by themselves. */
    public static final Figure MALFORMED = Figure.of("responses/malformed_fraction", Meaning.SHARE)
            .lowerIsBetter()
            .captioned("Answers that are empty or didn't end by themselves");

    /** The highest score among the answers of a step or an evaluation. */
    public static final Figure HIGHEST_SCORE = Figure.of("objective/scores_max", Meaning.QUANTITY);

    /** The share of the answers that have the highest score among them. */
    public static final Figure AT_HIGHEST = Figure.of("objective/scores_at_max", Meaning.SHARE);

    /** The share of different pairs of neighbouring tokens among all answers. */
    public static final Figure DISTINCT_PAIRS = Figure.of("responses/distinct_2", Meaning.DIVERSITY)
            .higherIsBetter()
            .captioned("Different pairs of neighbouring tokens");

    /** The divergence of a token that the updates of a step made, as they went. */
    public static final Figure UPDATE_KL = ofStep("policy/approx_kl", Meaning.QUANTITY);

    /** The share of tokens whose ratio left the clip range. */
    public static final Figure CLIPPED = ofStep("policy/clip_fraction", Meaning.SHARE);

    /** The mean ratio of new to old probabilities. */
    public static final Figure RATIO = ofStep("policy/ratio", Meaning.QUANTITY);

    /** The variance of the ratios. */
    public static final Figure RATIO_VARIANCE = ofStep("policy/ratio_variance", Meaning.QUANTITY);

    /** How often the policy moved in a step. */
    public static final Figure UPDATES = ofStep("policy/updates", Meaning.QUANTITY);

    /** Whether a step's updates ended before their number. */
    public static final Figure STOPPED_EARLY = ofStep("policy/stopped_early", Meaning.QUANTITY);

    /** The policy's part of the loss. */
    public static final Figure POLICY_LOSS = ofStep("loss/policy", Meaning.LOSS_PART);

    /** The value head's part of the loss. */
    public static final Figure VALUE_LOSS = ofStep("loss/value", Meaning.LOSS_PART);

    /** The share of values that left their clip range. */
    public static final Figure VALUE_CLIPPED = ofStep("value/clip_fraction", Meaning.SHARE);

    /** The norm of the value head's gradient. */
    public static final Figure VALUE_GRADIENT_NORM = ofStep("value/grad_norm", Meaning.QUANTITY);

    /** The share of the returns' variance that the value head knew. */
    public static final Figure EXPLAINED_VARIANCE = ofStep("value/explained_variance", Meaning.QUANTITY);

    /** The learning rate of the value head. */
    public static final Figure VALUE_LEARNING_RATE = ofStep("value_learning_rate", Meaning.RATE);

    /** The tokens of the shortest answer. */
    public static final Figure SHORTEST = Figure.of("completions/min_length", Meaning.QUANTITY);

    /** The tokens of the longest answer. */
    public static final Figure LONGEST = Figure.of("completions/max_length", Meaning.QUANTITY);

    /** The share of prompts whose answers all score alike, so that they teach a method of groups nothing. */
    public static final Figure SPREADLESS =
            ofStep("frac_reward_zero_std", Meaning.SHARE).lowerIsBetter();

    /** The groups of a step that were drawn again because their answers scored alike, each time counted. */
    public static final Figure REDRAWN = ofStep("groups/redrawn", Meaning.QUANTITY);

    /** The share of tokens whose ratio fell below the clip range while their advantage is negative. */
    public static final Figure CLIPPED_LOW = ofStep("clip_ratio/low_mean", Meaning.SHARE);

    /** The share of tokens whose ratio rose above the clip range while their advantage is positive. */
    public static final Figure CLIPPED_HIGH = ofStep("clip_ratio/high_mean", Meaning.SHARE);

    /** What a nat of divergence costs. */
    public static final Figure KL_COEFFICIENT = ofStep("objective/kl_coefficient", Meaning.QUANTITY);

    /** The mean number of turns of an episode with an environment. */
    public static final Figure TURNS = Figure.of("episodes/turns", Meaning.QUANTITY);

    /** The share of episodes that ended because their environment failed. */
    public static final Figure FAILED_EPISODES =
            Figure.of("episodes/failed_fraction", Meaning.SHARE).lowerIsBetter();

    /** The mean score of held-out answers by a reward that nothing is learnt from. */
    public static final Figure JUDGED = Figure.of("judge/score", Meaning.QUANTITY)
            .higherIsBetter()
            .captioned("Score by eval-reward, which isn't trained on");

    /** The distance of the score by eval-reward below its highest evaluation. */
    public static final Figure JUDGED_FALL =
            Figure.of("judge/fall", Meaning.QUANTITY).lowerIsBetter();

    /** The lower end of the fall's interval: above 0 it is more than chance. */
    public static final Figure JUDGED_FALL_LOW =
            Figure.of("judge/fall_low", Meaning.QUANTITY).lowerIsBetter();

    /** The least fall that counts: a smaller one is of no matter, however sure. */
    public static final Figure JUDGED_FALL_BAR = Figure.of("judge/fall_bar", Meaning.QUANTITY);

    /** The lower end of the interval of how far that score is above its first evaluation. */
    public static final Figure JUDGED_RISE_LOW =
            Figure.of("judge/rise_low", Meaning.QUANTITY).higherIsBetter();

    /** The steps before that score's highest evaluation. */
    public static final Figure JUDGED_BEST = Figure.of("judge/best_step", Meaning.QUANTITY);

    /** The rise of the score that is trained on since the highest evaluation by eval-reward. */
    public static final Figure SCORE_RISE = Figure.of("judge/score_rise", Meaning.QUANTITY);

    /** The figures that an evaluation adds where eval-reward scores its answers. */
    public static final List<Figure> OF_JUDGE =
            List.of(JUDGED, JUDGED_FALL, JUDGED_FALL_LOW, JUDGED_FALL_BAR, JUDGED_RISE_LOW, JUDGED_BEST, SCORE_RISE);

    /** What evaluation rows give, but for {@link #KL} and the estimate that is penalised by. */
    public static final List<Figure> OF_ANSWERS = List.of(
            ENTROPY,
            SCORE,
            SCORE_DEVIATION,
            OBJECTIVE,
            PENALTY,
            REFERENCE_PERPLEXITY,
            LENGTH,
            FINISHED,
            MALFORMED,
            HIGHEST_SCORE,
            AT_HIGHEST,
            DISTINCT_PAIRS,
            SHORTEST,
            LONGEST);

    /** All figures of {@code align ppo}. */
    public static final List<Figure> ALL = Stream.of(
                    List.of(KL, KL_K2, KL_K3),
                    OF_ANSWERS,
                    OF_JUDGE,
                    List.of(TURNS, FAILED_EPISODES),
                    List.of(SPREADLESS, REDRAWN, UPDATE_KL, CLIPPED, CLIPPED_LOW, CLIPPED_HIGH, RATIO, RATIO_VARIANCE),
                    List.of(UPDATES, STOPPED_EARLY, POLICY_LOSS, VALUE_LOSS, VALUE_CLIPPED, VALUE_GRADIENT_NORM),
                    List.of(EXPLAINED_VARIANCE, VALUE_LEARNING_RATE, KL_COEFFICIENT),
                    List.of(seconds("rollout"), seconds("score"), seconds("compare"), seconds("improve")))
            .flatMap(List::stream)
            .toList();

    private PpoFigures() {}

    private static Figure ofStep(String name, Meaning meaning) {
        return Figure.of(name, meaning).notOfRows();
    }

    /** The mean of what one reward gave, before its weight. */
    public static Figure ofReward(String reward) {
        return Figure.of("rewards/" + reward + "/mean", Meaning.QUANTITY).higherIsBetter();
    }

    /** The standard deviation of what one reward gave. */
    public static Figure deviationOfReward(String reward) {
        return Figure.of("rewards/" + reward + "/std", Meaning.QUANTITY);
    }

    /**
     * The mean of a part of what a reward's scores were made of.
     *
     * @param part the reward's name, a slash, the part's name
     */
    public static Figure ofPart(String part) {
        return Figure.of("rewards/" + part, Meaning.QUANTITY);
    }

    /** All figures of {@code align ppo} with such rewards. */
    static List<Figure> with(List<String> rewards) {
        Stream<Figure> own = rewards.stream().flatMap(name -> Stream.of(ofReward(name), deviationOfReward(name)));
        return Stream.concat(ALL.stream(), own).toList();
    }

    /** The seconds of a step that one of its phases took. */
    public static Figure seconds(String phase) {
        return ofStep("seconds/" + phase, Meaning.QUANTITY);
    }

    /** The names by which figures tell rewards apart: short ones, a number behind one that comes again. */
    public static final class RewardNames {
        private RewardNames() {}

        /**
         * Returns the names of rewards: of {@code lexicon:words.txt} the part before the colon, of an address the host, of a path or a
         * class the last part.
         *
         * @param rewards as {@code --reward} names them
         */
        public static List<String> of(List<String> rewards) {
            List<String> names = new ArrayList<>();
            for (String reward : rewards) {
                String name = shortened(reward);
                int number = 2;
                String free = name;
                while (names.contains(free)) {
                    free = name + "-" + number++;
                }
                names.add(free);
            }
            return List.copyOf(names);
        }

        private static String shortened(String reward) {
            if (reward.startsWith("http://") || reward.startsWith("https://")) {
                try {
                    String host = URI.create(reward).getHost();
                    return host == null ? "http" : host;
                } catch (IllegalArgumentException odd) {
                    return "http";
                }
            }
            int colon = reward.indexOf(':');
            if (colon > 1) {
                return reward.substring(0, colon);
            }
            String whole = reward.replaceFirst("[/\\\\]+$", "");
            String last = whole.substring(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1);
            boolean isClass = last.equals(whole) && last.matches("([a-z_]\\w*\\.)+[A-Z]\\w*");
            return isClass ? last.substring(last.lastIndexOf('.') + 1) : last;
        }
    }
}
