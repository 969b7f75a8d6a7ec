package org.align4j.reward.report;

import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs;
import org.jspecify.annotations.Nullable;

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
                                "Share of pairs whose chosen answer gets the higher score; ties count as wrong. The band is the 95 % interval.")
                        .both(RewardFigures.ACCURACY),
                ChartPlan.of(LEARNING, "Margin", "Score of the chosen answer less that of the rejected one.")
                        .both(RewardFigures.MARGIN),
                ChartPlan.of(
                                LEARNING,
                                "Steps classified correctly",
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

    /**
     * {@code steps.json}: what a finished run of a process reward model makes of its held-out answers.
     *
     * @param usual the commoner label among the training steps: what says nothing else calls every step
     * @param usualByPosition the commoner label among the training steps that come first, second, …
     * @param trainingSteps labelled steps that those are the commoner ones among
     * @param answers in the order of the input
     */
    public record JudgedSteps(
            boolean usual, List<Boolean> usualByPosition, int trainingSteps, List<JudgedAnswer> answers) {
        /** The name of the file in a run's directory. */
        public static final String FILE_NAME = "steps.json";

        public JudgedSteps {
            usualByPosition = List.copyOf(usualByPosition);
            answers = List.copyOf(answers);
        }

        /** Returns the label that a step's position alone predicts. */
        public boolean byPosition(int step) {
            return step < usualByPosition.size() ? usualByPosition.get(step) : usual;
        }

        /**
         * One held-out answer whose steps a process reward model scores. Part of {@code steps.json}.
         *
         * @param row the row's number in the input, 0-based
         * @param prompt equal for answers to one prompt
         * @param logOdds of each step being right
         * @param right whether each step is, by the data
         * @param text the answer as a person reads it, null for most
         */
        public record JudgedAnswer(
                int row,
                int prompt,
                List<Double> logOdds,
                List<Boolean> right,
                @Nullable Text text) {
            public JudgedAnswer {
                logOdds = List.copyOf(logOdds);
                right = List.copyOf(right);
            }

            /** Prompt and steps in words. */
            public record Text(@JsonUnwrapped ShownPrompt asked, List<String> steps) {
                public Text {
                    steps = List.copyOf(steps);
                }
            }

            /** The first step that is wrong by the data; the number of steps where none is. */
            public int firstError() {
                int at = right.indexOf(false);
                return at < 0 ? right.size() : at;
            }

            /** The first step that the model calls wrong; the number of steps where it calls none. */
            public int firstErrorSeen() {
                int step = 0;
                while (step < logOdds.size() && logOdds.get(step) > 0) {
                    step++;
                }
                return step;
            }
        }
    }
}
