package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

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
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.core.verdict.Judgement;
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

    /** By the option {@code reward}. */
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
     * @param answers one a prompt, the same prompts in every round
     */
    public record AnswerRound(int step, List<Scored> answers) {
        private static final String FILE_NAME = "answers.json";

        public AnswerRound {
            answers = List.copyOf(answers);
        }

        /**
         * An answer.
         *
         * @param row the prompt's row in the input, 0-based
         * @param prompt as a person reads it
         * @param answer its text
         * @param score what the reward says of it
         * @param logProb its log-probability under the policy that drew it, nats; null in runs of earlier versions
         * @param referenceLogProb under the reference
         */
        public record Scored(
                int row,
                String prompt,
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

        /** Adds this round to a run's answers; later ones, which a resumed run gives anew, go. */
        public void addTo(Path run) throws IOException {
            List<AnswerRound> rounds = new ArrayList<>(read(run));
            rounds.removeIf(other -> other.step() >= step);
            rounds.add(this);
            new ReportFiles(run).write(FILE_NAME, rounds);
        }
    }
}
