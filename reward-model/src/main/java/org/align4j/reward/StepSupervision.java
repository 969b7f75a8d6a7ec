package org.align4j.reward;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.align4j.core.data.StepTokens;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.text.Tokenizer;
import org.align4j.core.verdict.EvaluatedSteps;
import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.align4j.reward.report.RewardFigures;
import org.jspecify.annotations.Nullable;

/**
 * Process supervision (Uesato et al. 2022; Lightman et al. 2023): every step of an answer is right or wrong, scored at its last token.
 *
 * @param form how the model reads answers, which is kept beside its weights
 * @param lastStepOnly whether answers are trained on at their last step alone
 */
record StepSupervision(StepForm form, boolean lastStepOnly) implements Supervision<StepTokens> {

    /** Returns an answer, scored at each step's end. */
    static Reading of(StepTokens answer) {
        return new Reading(
                new RowLayout.Item(answer.prompt(), new int[][] {answer.completion()}), new int[][] {answer.ends()});
    }

    @Override
    public Reading reading(StepTokens row) {
        return of(row);
    }

    @Override
    public StepTokens trained(StepTokens row) {
        return lastStepOnly ? row.lastStep() : row;
    }

    @Override
    public int judgements(StepTokens row) {
        return row.steps();
    }

    @Override
    public LossShare loss(Scored<StepTokens> part, int judgements) {
        return StepLoss.evaluate(ScoredSteps.of(part.rows(), part.scores()), judgements);
    }

    /** Returns the accuracy to beat is the larger share of the two labels. */
    @Override
    public StepMetrics figures(Scored<StepTokens> batch) {
        ScoredSteps scored = ScoredSteps.of(batch.rows(), batch.scores());
        double steps = scored.size();
        return StepMetrics.EMPTY
                .with(RewardFigures.STEP_ACCURACY, scored.agreeing() / steps)
                .with(RewardFigures.RIGHT_STEPS, scored.rightSteps() / steps)
                .with(
                        RewardFigures.FIRST_MISTAKES,
                        (double) scored.firstErrorsFound() / batch.rows().size());
    }

    @Override
    public EvaluatedSteps evaluated(Scored<StepTokens> heldOut) {
        int rows = heldOut.rows().size();
        int[] agreeing = new int[rows];
        int[] right = new int[rows];
        int[] steps = new int[rows];
        for (int i = 0; i < rows; i++) {
            ScoredSteps answer = ScoredSteps.of(
                    List.of(heldOut.rows().get(i)), List.of(heldOut.scores().get(i)));
            agreeing[i] = answer.agreeing();
            right[i] = answer.rightSteps();
            steps[i] = answer.size();
        }
        return new EvaluatedSteps(agreeing, right, steps);
    }

    @Override
    public double[] rewards(Scored<StepTokens> batch) {
        return ScoredSteps.of(batch.rows(), batch.scores()).probabilities();
    }

    @Override
    public double[] answerScores(Scored<StepTokens> sample) {
        return sample.scores().stream().mapToDouble(form.aggregate()::score).toArray();
    }

    @Override
    public String scoresInWords() {
        return "The head gives two logits at each step's last token, 0 wrong and 1 right; their softmax is the probability that the step is"
                + " right, and an answer's score is made of those of its steps ("
                + form.aggregate().name().toLowerCase(Locale.ROOT)
                + ", `" + StepForm.FILE_NAME
                + "`). What this folder gives in transformers or PEFT are these logits, not normalised.";
    }

    @Override
    public String normalizedInWords() {
        return "`align ppo --reward` maximises normalised scores of answers; `align score` gives them as they are, between 0 and 1.";
    }

    @Override
    public void report(
            Scored<StepTokens> heldOut,
            List<StepTokens> training,
            int shown,
            @Nullable Tokenizer tokenizer,
            ReportFiles files)
            throws IOException {
        files.write(
                JudgedSteps.FILE_NAME,
                new StepJudgements(heldOut.rows(), heldOut.scores()).against(training, shown, tokenizer));
    }

    @Override
    public void supplement(Path folder) throws IOException {
        form.write(folder);
    }
}
