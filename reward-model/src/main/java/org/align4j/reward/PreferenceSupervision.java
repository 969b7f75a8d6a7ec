package org.align4j.reward;

import java.io.IOException;
import java.util.List;
import java.util.stream.DoubleStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.text.Tokenizer;
import org.align4j.core.verdict.EvaluatedComparisons;
import org.align4j.reward.report.JudgedPairs;
import org.align4j.reward.report.RewardFigures;
import org.jspecify.annotations.Nullable;

/**
 * Preferences (Stiennon et al. 2020; Ouyang et al. 2022): of two responses, each scored at its last token, one is better.
 *
 * @param loss what the difference of their scores costs
 */
record PreferenceSupervision(RewardLoss loss) implements Supervision<PairTokens> {

    /**
     * Makes the supervision that a plan asks for.
     *
     * @throws InputException where nothing can be learned from the training rows
     */
    static PreferenceSupervision of(RewardPlan plan, List<PairTokens> training) {
        if (training.stream().allMatch(PairTokens::tie)) {
            throw new InputException("All " + training.size()
                    + " training rows are ties, from which no preference can be learned; give rows of which one response is"
                    + " better.");
        }
        if (!plan.marginField().equals(RewardOptions.MARGIN)
                && training.stream().allMatch(row -> row.margin() == null)) {
            throw new InputException("margin-field is " + plan.marginField()
                    + " but no training row has such a column; name the column that the rows have, or leave it out.");
        }
        return new PreferenceSupervision(plan.loss());
    }

    @Override
    public Reading reading(PairTokens row) {
        return Reading.atLastToken(row.prompt(), row.chosen(), row.rejected());
    }

    @Override
    public LossShare loss(Scored<PairTokens> part, int judgements) {
        return loss.evaluate(scored(part), judgements);
    }

    private static ScoredPairs scored(Scored<PairTokens> pairs) {
        return ScoredPairs.of(pairs.rows(), pairs.scores());
    }

    /** Accuracy and margin are those of the pairs with a better response; a batch of ties has none. */
    @Override
    public StepMetrics figures(Scored<PairTokens> batch) {
        ScoredPairs scored = scored(batch);
        StepMetrics metrics = StepMetrics.EMPTY;
        if (scored.preferences() > 0) {
            metrics = metrics.with(RewardFigures.ACCURACY, scored.accuracy())
                    .with(RewardFigures.MARGIN, scored.meanMargin());
        }
        return metrics;
    }

    @Override
    public EvaluatedComparisons evaluated(Scored<PairTokens> heldOut) {
        ScoredPairs scored = scored(heldOut);
        return new EvaluatedComparisons(scored.chosen(), scored.rejected(), scored.ties());
    }

    @Override
    public double[] answerScores(Scored<PairTokens> sample) {
        ScoredPairs scored = scored(sample);
        return DoubleStream.concat(DoubleStream.of(scored.chosen()), DoubleStream.of(scored.rejected()))
                .toArray();
    }

    @Override
    public String scoresInWords() {
        return "The head gives one score an answer, at its last token. What this folder gives in transformers or PEFT are these raw"
                + " scores, not normalised.";
    }

    @Override
    public String normalizedInWords() {
        return "`align score` and `align ppo --reward` give normalised scores, `align score --raw` raw ones.";
    }

    @Override
    public void report(
            Scored<PairTokens> heldOut,
            List<PairTokens> training,
            int shown,
            @Nullable Tokenizer tokenizer,
            ReportFiles files)
            throws IOException {
        files.write(
                JudgedPairs.FILE_NAME,
                new Judgement(heldOut.rows(), scored(heldOut)).against(training, shown, tokenizer));
    }
}
