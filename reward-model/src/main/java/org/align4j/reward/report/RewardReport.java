package org.align4j.reward.report;

import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.CommonCharts;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.OwnSections;

/**
 * How runs of {@code align reward} are read.
 *
 * @param ofSteps whether the scores are of single steps, not of answers
 */
public record RewardReport(boolean ofSteps) implements MethodReport {
    private static final ChartPlan SCORES = ChartPlan.of(LEARNING, "Rewards", "Scores of answers, or of their steps.")
            .steps(RewardFigures.LARGEST_SCORE, "largest", "chosen")
            .steps(RewardFigures.MEAN_SCORE, "mean", "train")
            .steps(RewardFigures.LEAST_SCORE, "smallest", "rejected");

    /** Runs of models that score answers. */
    public RewardReport() {
        this(false);
    }

    @Override
    public String command() {
        return "reward";
    }

    @Override
    public MethodFigures figures() {
        return MethodFigures.of(RewardFigures.ALL);
    }

    @Override
    public MethodReport of(Path run, Map<String, Object> options) {
        return new RewardReport(Files.exists(run.resolve(JudgedSteps.FILE_NAME)));
    }

    @Override
    public List<ChartPlan> charts() {
        return List.of(
                CommonCharts.LOSS,
                ChartPlan.of(
                                LEARNING,
                                "Pairs won",
                                "Share of pairs whose chosen answer gets the higher score; ties count wrong. The band is the 95 % interval.")
                        .both(RewardFigures.ACCURACY),
                ChartPlan.of(LEARNING, "Margin", "Score of the chosen answer less that of the rejected one.")
                        .both(RewardFigures.MARGIN),
                ChartPlan.of(
                                LEARNING,
                                "Steps judged rightly",
                                "Share of the steps called right or wrong as the data say; beside it the share that is right.")
                        .both(RewardFigures.STEP_ACCURACY)
                        .steps(RewardFigures.RIGHT_STEPS, "right in the data", "chosen"),
                ofSteps
                        ? SCORES.readAs("Steps' probabilities", "How likely the steps are right.")
                        : SCORES.readAs(
                                "Scores", "Scores of the answers; only differences between them mean something."),
                CommonCharts.GRADIENT_NORM,
                CommonCharts.LEARNING_RATE,
                CommonCharts.SPEED,
                CommonCharts.MEMORY);
    }

    @Override
    public OwnSections sections(Path run, MetricHistory metrics) throws IOException {
        ReportFiles files = new ReportFiles(run);
        Optional<JudgedPairs> pairs = files.read(JudgedPairs.FILE_NAME, new TypeReference<JudgedPairs>() {});
        Optional<JudgedSteps> steps = files.read(JudgedSteps.FILE_NAME, new TypeReference<JudgedSteps>() {});
        List<String> explanation = pairs.filter(scores -> !scores.pairs().isEmpty())
                .map(scores -> List.of(new ScoreJudgement(scores).verdict()))
                .orElse(List.of());
        String html = pairs.map(ScoreSections::of).orElse("")
                + steps.map(StepSections::of).orElse("");
        return new OwnSections(html, "", explanation, false);
    }
}
