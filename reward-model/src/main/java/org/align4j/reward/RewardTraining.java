package org.align4j.reward;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
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
import org.align4j.reward.loss.RewardLoss;
import org.align4j.reward.loss.ScoredPairs;
import org.jspecify.annotations.Nullable;

/**
 * Reward modelling on pairs (Stiennon et al. 2020; Ouyang et al. 2022): score both responses of each prompt at their last token,
 * let the Bradley-Terry loss say how the scores should move, go back through head and body. At the end the scores of the training
 * responses say what all later scores are normalised by.
 */
final class RewardTraining implements Objective {
    /** Pairs whose scores the normalisation is made of, evenly over the rows: its deviation is then good to 2 %. */
    static final int NORMALIZED_PAIRS = 2048;

    private final TrainingSession<PairTokens> session;
    private final RewardLoss loss;
    private final PairReader reader;
    private final List<PairTokens> rows;
    private final List<PairTokens> evaluation;
    private ScoreNormalization normalization = ScoreNormalization.NONE;
    private @Nullable ScoredPairs evaluated;
    private @Nullable Path run;

    RewardTraining(TrainingSession<PairTokens> session, RewardOptions options) {
        this.session = session;
        this.loss = options.loss();
        this.reader = new PairReader(ScoreReader.of(session.policy()), session.budget());
        this.rows = session.rows().train();
        this.evaluation = session.rows().eval();
        requirePreferences(options);
    }

    private void requirePreferences(RewardOptions options) {
        if (rows.stream().allMatch(PairTokens::tie)) {
            throw new InputException("All " + rows.size()
                    + " training rows are ties, from which no preference can be learned; give rows of which one response is"
                    + " better.");
        }
        if (!options.marginField().equals(RewardOptions.MARGIN)
                && rows.stream().allMatch(row -> row.margin() == null)) {
            throw new InputException("margin-field is " + options.marginField()
                    + " but no training row has such a column; name the column that the rows have, or leave it out.");
        }
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

    private List<PairTokens> select(int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        List<PairTokens> batch = select(plan.rows());
        RewardFigures figures = new RewardFigures(batch.size());
        evaluated = null;
        session.policy().trainables().zeroGradients();
        long tokens = 0;
        for (PairReader.Pass pass : reader.accumulate(batch, plan.seed(), part -> loss.evaluate(part, batch.size()))) {
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
        ScoredPairs scored = reader.read(evaluation);
        evaluated = scored;
        RewardFigures figures = new RewardFigures(evaluation.size());
        figures.add(
                scored,
                loss.evaluate(scored),
                IntStream.range(0, evaluation.size()).toArray());
        return StepMetrics.EMPTY.with("loss", figures.loss()).with(figures.metrics());
    }

    @Override
    public void finish() {
        ScoredPairs scored = reader.read(sample());
        double[] all = DoubleStream.concat(Arrays.stream(scored.chosen()), Arrays.stream(scored.rejected()))
                .toArray();
        if (!Arrays.stream(all).allMatch(Double::isFinite)) {
            throw new RunException("The trained model gives training responses scores that are not finite; lower"
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
        ScoredPairs scored = evaluated == null ? reader.read(evaluation) : evaluated;
        TextEncoder text = session.textIfLoaded();
        try {
            new ReportFiles(folder)
                    .writeScores(new Judgement(evaluation, scored)
                            .against(
                                    rows,
                                    session.options().keeping().samples(),
                                    text == null ? null : text.tokenizer()));
        } catch (IOException e) {
            throw new RunException(
                    folder + " can't be written: " + e.getMessage()
                            + "; the last checkpoint is whole, mend the disk and resume the run.",
                    e);
        }
    }

    /** Leaves what held-out pairs are judged in the run's directory, for its report. */
    void judgeInto(Path runDirectory) {
        run = runDirectory;
    }

    private List<PairTokens> sample() {
        int count = Math.min(rows.size(), NORMALIZED_PAIRS);
        return IntStream.range(0, count)
                .mapToObj(i -> rows.get((int) ((long) i * rows.size() / count)))
                .toList();
    }

    /** What scores are normalised by, once the run is at its end. */
    ScoreNormalization normalization() {
        return normalization;
    }

    @Override
    public List<Saved> parts() {
        return List.of(session.state());
    }
}
