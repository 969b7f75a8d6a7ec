package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.EarlyWarning;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.UsualWarnings;
import org.align4j.core.eval.Warning;
import org.align4j.core.eval.Warnings;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.OwnSections;
import org.align4j.core.verdict.Judgement;

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
}
