package org.align4j.reward.steps;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.StepTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.run.Saved;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.reward.loss.ScoredSteps;
import org.align4j.reward.loss.StepLoss;
import org.jspecify.annotations.Nullable;

/**
 * Process reward modelling (Uesato et al. 2022; Lightman et al. 2023): score every step of each answer at its last token, as right
 * or wrong, let the cross-entropy say how the scores should move, go back through head and body. At the end the scores of the
 * training answers say what all later ones are normalised by where they are rewards.
 */
public final class StepTraining implements Objective {
    /** Answers whose scores the normalisation is made of, evenly over the rows: its deviation is then good to 2 %. */
    private static final int NORMALIZED_ANSWERS = 4096;

    private final TrainingSession<StepTokens> session;
    private final StepForm form;
    private final StepReader reader;
    private final List<StepTokens> rows;
    private final List<StepTokens> evaluation;
    private ScoreNormalization normalization = ScoreNormalization.NONE;
    private @Nullable Path run;

    /**
     * @param form how the model reads answers, which is kept beside its weights
     * @param lastStepOnly whether answers are trained on at their last step alone; all steps are evaluated
     */
    public StepTraining(TrainingSession<StepTokens> session, StepForm form, boolean lastStepOnly) {
        this.session = session;
        this.form = form;
        RowLayout layout = RowLayout.SHARED.within(session.policy().decoder().lengthBoundary());
        this.reader = new StepReader(ScoreReader.of(session.policy()), layout, session.budget());
        List<StepTokens> train = session.rows().train();
        this.rows = lastStepOnly ? train.stream().map(StepTokens::lastStep).toList() : train;
        this.evaluation = session.rows().eval();
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
        return reader.forwards(places, select(places));
    }

    private List<StepTokens> select(int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        List<StepTokens> batch = select(plan.rows());
        int steps = batch.stream().mapToInt(StepTokens::steps).sum();
        StepFigures figures = new StepFigures(batch.size());
        session.policy().trainables().zeroGradients();
        long tokens = 0;
        for (StepReader.Pass pass : reader.accumulate(batch, plan.seed(), part -> StepLoss.evaluate(part, steps))) {
            figures.add(pass.part(), pass.result(), pass.places());
            tokens += pass.tokens();
        }
        return figures.outcome(tokens);
    }

    @Override
    public boolean evaluates() {
        return !evaluation.isEmpty();
    }

    @Override
    public StepMetrics evaluate() {
        ScoredSteps scored = reader.read(evaluation);
        StepFigures figures = new StepFigures(evaluation.size());
        int[] all = IntStream.range(0, evaluation.size()).toArray();
        figures.add(scored, StepLoss.evaluate(scored, scored.size()), all);
        return StepMetrics.EMPTY.with("loss", figures.loss()).with(figures.metrics());
    }

    @Override
    public void finish() {
        double[] all = reader.logOdds(sample()).stream()
                .mapToDouble(form.aggregate()::score)
                .toArray();
        if (!Arrays.stream(all).allMatch(Double::isFinite)) {
            throw new RunException("The trained model gives training answers scores that are not finite; lower"
                    + " learning-rate and begin again, or go on from an earlier checkpoint.");
        }
        normalization = ScoreNormalization.of(all);
        judge();
    }

    private void judge() {
        Path folder = run;
        if (folder == null || evaluation.isEmpty()) {
            return;
        }
        TextEncoder text = session.textIfLoaded();
        StepJudgements judgements = new StepJudgements(evaluation, reader.logOdds(evaluation));
        try {
            new ReportFiles(folder)
                    .writeSteps(judgements.against(
                            rows, session.options().keeping().samples(), text == null ? null : text.tokenizer()));
        } catch (IOException e) {
            throw new RunException(
                    folder + " can't be written: " + e.getMessage()
                            + "; the last checkpoint is whole, mend the disk and resume the run.",
                    e);
        }
    }

    /** Leaves how held-out steps are judged in the run's directory, for its report. */
    public void judgeInto(Path runDirectory) {
        run = runDirectory;
    }

    private List<StepTokens> sample() {
        List<StepTokens> train = session.rows().train();
        int count = Math.min(train.size(), NORMALIZED_ANSWERS);
        return IntStream.range(0, count)
                .mapToObj(i -> train.get((int) ((long) i * train.size() / count)))
                .toList();
    }

    /** Writes what else stands beside the weights once the run is at its end. */
    public void supplement(Path folder) throws IOException {
        form.write(folder);
        normalization.write(folder);
    }

    @Override
    public List<Saved> parts() {
        return List.of(session.state());
    }
}
