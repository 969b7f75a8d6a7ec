package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.report.method.ChartPlan.Question.COST;
import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.UsualWarnings;
import org.align4j.core.eval.UsualWarnings.EarlyWarning;
import org.align4j.core.eval.Warning;
import org.align4j.core.eval.Warnings;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.core.verdict.Judgement;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.jspecify.annotations.Nullable;

/**
 * How runs of {@code align ppo} are read: as those of a policy that learns from scores of its own answers.
 *
 * @param ofSettings what the run's settings tell before the first step
 * @param rewards the names of its rewards, {@link RewardNames}
 */
public record PpoReport(List<Warning> ofSettings, List<String> rewards) implements MethodReport {
    private static final List<EarlyWarning> EARLY = List.of(
            UsualWarnings::lossNotFinite,
            UsualWarnings.guardPerplexity("kl-coefficient"),
            UsualWarnings.guardTasks("kl-coefficient"),
            (history, facts) -> Overoptimization.of(history).warning(),
            (history, facts) -> Overoptimization.saturation(history),
            UsualWarnings::gradientExploding,
            UsualWarnings.gradientsOfUpdatesClipped("lower learning-rate"));

    public PpoReport {
        ofSettings = List.copyOf(ofSettings);
        rewards = List.copyOf(rewards);
    }

    /** Runs whose settings aren't looked at. */
    public PpoReport() {
        this(List.of(), List.of());
    }

    @Override
    public String command() {
        return "ppo";
    }

    /** Returns the report of a PPO run by the option {@code reward}. */
    @Override
    public MethodReport of(Path run, Map<String, Object> options) {
        Object given = options.getOrDefault("reward", List.of());
        List<?> named = given instanceof List<?> list ? list : List.of(given);
        return new PpoReport(
                ofSettings, RewardNames.of(named.stream().map(String::valueOf).toList()));
    }

    @Override
    public MethodFigures figures() {
        return MethodFigures.of(PpoFigures.with(rewards));
    }

    @Override
    public List<EarlyWarning> early() {
        return EARLY;
    }

    @Override
    public Warning fewRows(long rows) {
        return Warnings.fewRows(format("There are only %,d prompts to train on.", rows));
    }

    @Override
    public Warning fewUpdates(long updates) {
        return Warnings.fewUpdates(
                format("The run moves the policy only %,d times (steps times ppo-epochs times mini-batches).", updates),
                "Raise epochs or max-steps; below 50 updates little is learned.");
    }

    @Override
    public List<String> broken(MetricHistory history) {
        return RolloutSigns.broken(history);
    }

    @Override
    public Judgement weighed(Judgement found, MetricHistory history) {
        return RolloutSigns.weighed(found, history);
    }

    @Override
    public List<String> headOptions() {
        return List.of("algorithm", "reward", "kl-coefficient");
    }

    @Override
    public List<ChartPlan> charts() {
        return PpoCharts.of(rewards);
    }

    @Override
    public OwnSections sections(Path run, MetricHistory metrics) throws IOException {
        return RolloutSections.of(AnswerRound.read(run), LearntRound.read(run), metrics);
    }

    /**
     * What a policy that learns from scores answered to a few held-out prompts at one time: an entry of {@code answers.json}.
     *
     * @param step optimizer steps done, 0 before the first
     * @param answers one per prompt, the same prompts in every round
     */
    public record AnswerRound(int step, List<Scored> answers) {
        private static final String FILE_NAME = "answers.json";

        public AnswerRound {
            answers = List.copyOf(answers);
        }

        /**
         * Holds an answer with its score.
         *
         * @param row the prompt's row in the input, 0-based
         * @param asked the prompt
         * @param answer its text
         * @param score what the reward says of it
         * @param logProb its log-probability under the policy that drew it, nats; null in runs of earlier versions
         * @param referenceLogProb under the reference
         */
        public record Scored(
                int row,
                @JsonUnwrapped ShownPrompt asked,
                String answer,
                double score,
                @Nullable Double logProb,
                @Nullable Double referenceLogProb) {}

        /** Reads a run's rounds of answers by step, none when no file is there. */
        public static List<AnswerRound> read(Path run) throws IOException {
            return new ReportFiles(run)
                    .read(FILE_NAME, new TypeReference<List<AnswerRound>>() {})
                    .orElse(List.of());
        }

        /** Adds this round to a run's answers; later ones, which a resumed run gives again, go. */
        public void addTo(Path run) throws IOException {
            List<AnswerRound> rounds = new ArrayList<>(read(run));
            rounds.removeIf(other -> other.step() >= step);
            rounds.add(this);
            new ReportFiles(run).write(FILE_NAME, rounds);
        }
    }

    /** The charts of runs of {@code align ppo}. */
    private static final class PpoCharts {
        private static final ChartPlan MEANS = ChartPlan.of(
                LEARNING,
                "Single rewards",
                "Mean of what each reward gave, before its weight. Good: all rise or stay. Bad: one rises while another falls: it is paid for.");

        private static final ChartPlan DEVIATIONS = ChartPlan.of(
                        HEALTH,
                        "Spread of the scores",
                        "Standard deviation over a step's answers. Good: well above 0. Bad: towards 0, where no answer is better than another and"
                                + " nothing is learned.")
                .steps(PpoFigures.SCORE_DEVIATION, "score", "train");

        private static final int COLOURS = 12;

        private static final List<ChartPlan> ALL = List.of(
                CommonCharts.LOSS.noted(
                        "Policy loss and weighted value loss. It needn't fall: every step has answers of its own. Look at the score."),
                ChartPlan.of(
                                LEARNING,
                                "Score",
                                "Mean score of the sampled answers. Good: rising on held-out prompts while KL stays small. Bad: rising while answers grow alike.")
                        .steps(PpoFigures.SCORE, "score", "train")
                        .steps(PpoFigures.OBJECTIVE, "score less KL penalty", "chosen")
                        .evaluations(PpoFigures.SCORE),
                ChartPlan.of(
                                LEARNING,
                                "Score by eval-reward",
                                "Of held-out answers, by a reward that isn't trained on. Good: rising with the score. Bad: falling while the score rises.")
                        .evaluations(PpoFigures.JUDGED),
                CommonCharts.GRADIENT_NORM.noted(
                        "Mean over a step's updates, before clipping. A steady rise is trouble."),
                CommonCharts.LEARNING_RATE.steps(PpoFigures.VALUE_LEARNING_RATE, "value head", "eval"),
                ChartPlan.of(
                                HEALTH,
                                "Entropy",
                                "Per token of the policy's own answers; a collapse towards 0 means that they become alike.")
                        .steps(PpoFigures.ENTROPY, "policy", "train")
                        .evaluations(PpoFigures.ENTROPY),
                ChartPlan.of(
                                HEALTH,
                                "KL to the reference",
                                format(
                                        "Of an answer, estimated by k1 whatever the method penalises by. Beyond %.0f nats a rising score is suspect.",
                                        Overoptimization.FAR_NATS))
                        .steps(PpoFigures.KL, "of an answer", "train")
                        .steps(PpoFigures.KL_K2, "by k2, penalised by", "rejected")
                        .steps(PpoFigures.KL_K3, "by k3, penalised by", "rejected")
                        .steps(PpoFigures.UPDATE_KL, "of one update, a token", "chosen")
                        .evaluations(PpoFigures.KL),
                CommonCharts.GENERAL_TEXT,
                ChartPlan.of(
                                HEALTH,
                                "Clipped",
                                "Share of tokens whose ratio left the clip range. Good: a few in a hundred. Bad: above 30 %, where steps are too large.")
                        .steps(PpoFigures.CLIPPED, "policy", "train")
                        .steps(PpoFigures.CLIPPED_LOW, "too unlikely", "rejected")
                        .steps(PpoFigures.CLIPPED_HIGH, "too likely", "chosen")
                        .steps(PpoFigures.VALUE_CLIPPED, "value", "eval"),
                ChartPlan.of(HEALTH, "Policy and value loss", "Value loss should fall; policy loss hovers near 0.")
                        .steps(PpoFigures.POLICY_LOSS, "policy", "train")
                        .steps(PpoFigures.VALUE_LOSS, "value", "eval"),
                ChartPlan.of(
                                HEALTH,
                                "Explained variance",
                                "Of the returns, by the value head; near 1 is good, below 0 useless.")
                        .steps(PpoFigures.EXPLAINED_VARIANCE, "value head", "train"),
                ChartPlan.of(
                                HEALTH,
                                "Answer length",
                                "In tokens. Bad: a steady rise with the score, or all at the limit: the reward may like length.")
                        .steps(PpoFigures.LENGTH, "mean", "train")
                        .steps(PpoFigures.SHORTEST, "least", "rejected")
                        .steps(PpoFigures.LONGEST, "most", "chosen")
                        .evaluations(PpoFigures.LENGTH),
                ChartPlan.of(
                                HEALTH,
                                "Different pairs of tokens",
                                "Share of different pairs of neighbouring tokens among all answers (distinct-2); a fall means that they become alike.")
                        .both(PpoFigures.DISTINCT_PAIRS),
                ChartPlan.of(
                                HEALTH,
                                "Groups without spread",
                                "Share of prompts whose answers all score alike: they teach nothing. Bad: most of them; take other prompts,"
                                        + " more samples or a finer reward.")
                        .steps(PpoFigures.SPREADLESS, "groups", "train"),
                ChartPlan.of(
                                HEALTH,
                                "Answers with the highest score",
                                "Share of the answers whose score is the highest among them. Near 100 % the reward can't tell answers apart any more.")
                        .steps(PpoFigures.AT_HIGHEST, "of a step", "train")
                        .evaluations(PpoFigures.AT_HIGHEST),
                ChartPlan.of(
                                HEALTH,
                                "Answers finished",
                                "Share that ended by themselves; malformed are those that didn't, or are empty.")
                        .steps(PpoFigures.FINISHED, "finished", "train")
                        .steps(PpoFigures.MALFORMED, "malformed", "rejected")
                        .evaluations(PpoFigures.FINISHED),
                ChartPlan.of(COST, "Seconds of a step", "Where the time of a step goes.")
                        .steps(PpoFigures.seconds("rollout"), "rollout", "run1")
                        .steps(PpoFigures.seconds("score"), "score", "run2")
                        .steps(PpoFigures.seconds("compare"), "compare", "run3")
                        .steps(PpoFigures.seconds("improve"), "improve", "run4"),
                CommonCharts.SPEED,
                CommonCharts.MEMORY);

        private PpoCharts() {}

        /** The charts of a run with such rewards; of several, each has lines of its own. */
        static List<ChartPlan> of(List<String> rewards) {
            ChartPlan means = MEANS;
            ChartPlan deviations = DEVIATIONS;
            for (int r = 0; rewards.size() > 1 && r < rewards.size(); r++) {
                String name = rewards.get(r);
                String colour = "run" + ((r + 1) % COLOURS + 1);
                means = means.steps(PpoFigures.ofReward(name), name, colour);
                deviations = deviations.steps(PpoFigures.deviationOfReward(name), name, colour);
            }
            List<ChartPlan> all = new ArrayList<>(ALL);
            all.add(2, deviations);
            if (rewards.size() > 1) {
                all.add(2, means);
            }
            return all;
        }
    }
}
