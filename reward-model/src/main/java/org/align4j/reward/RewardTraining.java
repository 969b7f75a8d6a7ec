package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Round;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.reward.Supervision.Scored;
import org.jspecify.annotations.Nullable;

/**
 * Trains a reward model by {@link RewardRecipe} within a run: its rows, its evaluation, and at the end how scores are normalised, by
 * those of training answers.
 */
final class RewardTraining<T extends TokenRow> implements Objective {
    /** Answers whose scores the normalisation is made of, evenly over the rows: its deviation is then good to 2 %. */
    private static final int NORMALIZED_ANSWERS = 4096;

    private final TrainingSession<T> session;
    private final Supervision<T> supervision;
    private final RewardRecipe<T> recipe;
    private final List<T> rows;
    private final List<T> evaluation;
    private ScoreNormalization normalization = ScoreNormalization.NONE;
    private int normalizedAnswers;
    private @Nullable Scored<T> evaluated;
    private @Nullable Path run;

    /** @param supervision what the rows say of scores */
    public RewardTraining(TrainingSession<T> session, Supervision<T> supervision) {
        this.session = session;
        this.supervision = supervision;
        this.recipe = new RewardRecipe<>(AnswerReader.of(session.policy(), session.budget()), supervision);
        this.rows = session.rows().train().stream().map(supervision::trained).toList();
        this.evaluation = session.rows().eval();
    }

    @Override
    public DeviceGauge device() {
        return session.policy().base().engine();
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public int inputRow(int row) {
        return rows.get(row).row();
    }

    @Override
    public TokenBudget budget() {
        return session.budget();
    }

    @Override
    public List<Forward> forwards(int[] places) {
        return recipe.forwards(places, select(places));
    }

    @Override
    public List<Round<?, ?>> rounds() {
        return recipe.rounds();
    }

    private List<T> select(int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        List<T> batch = select(plan.rows());
        evaluated = null;
        session.policy().trainables().zeroGradients();
        return recipe.accumulate(batch, plan.seed(), recipe.judgements(batch));
    }

    @Override
    public boolean evaluates() {
        return !evaluation.isEmpty();
    }

    @Override
    public Evaluation evaluate() {
        Scored<T> read = recipe.read(evaluation);
        evaluated = read;
        return new Evaluation(recipe.evaluate(read), supervision.evaluated(read));
    }

    @Override
    public void finish() {
        double[] answers = supervision.answerScores(recipe.read(sample()));
        if (!Arrays.stream(answers).allMatch(Double::isFinite)) {
            throw new RunException("The trained model gives training answers scores that are not finite; lower"
                    + " learning-rate and begin again, or go on from an earlier checkpoint.");
        }
        normalization = ScoreNormalization.of(answers);
        normalizedAnswers = answers.length;
        report();
    }

    private List<T> sample() {
        List<T> all = session.rows().train();
        int answers = supervision.reading(all.get(0)).item().answers().length;
        int count = Math.min(all.size(), NORMALIZED_ANSWERS / answers);
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }

    private void report() {
        Path folder = run;
        if (folder == null || evaluation.isEmpty()) {
            return;
        }
        Scored<T> heldOut = evaluated == null ? recipe.read(evaluation) : evaluated;
        TextEncoder text = session.textIfLoaded();
        int shown = session.plan().learning().keeping().shown().samples();
        try {
            supervision.report(heldOut, rows, shown, text, new ReportFiles(folder));
        } catch (IOException e) {
            throw new RunException(
                    folder + " can't be written: " + FileFailure.reason(e)
                            + "; the last checkpoint is whole, fix the disk and resume the run.",
                    e);
        }
    }

    /** Leaves how held-out rows are scored in the run's directory, for its report. */
    public void reportInto(Path runDirectory) {
        run = runDirectory;
    }

    /** What stands next to the weights once the run is at its end: how scores are normalised, in a file and in words. */
    public Supplement supplement() {
        return new Supplement() {
            @Override
            public void write(Path folder) throws IOException {
                supervision.supplement(folder);
                normalization.write(folder);
            }

            @Override
            public String notes() {
                return scoresInWords();
            }
        };
    }

    private String scoresInWords() {
        int all = session.rows().train().size();
        return format(
                """

                ## Scores

                %s
                A normalised score is (raw − %.6g) / %.6g, by the mean and the deviation of %d answers (`%s`): those of %d training rows, \
                evenly spread over all %d. %s
                """,
                supervision.scoresInWords(),
                normalization.mean(),
                normalization.deviation(),
                normalizedAnswers,
                ScoreNormalization.FILE_NAME,
                sample().size(),
                all,
                supervision.normalizedInWords());
    }

    @Override
    public List<Saved> parts() {
        return List.of(session.state());
    }
}
