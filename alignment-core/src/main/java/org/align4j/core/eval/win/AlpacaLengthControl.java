package org.align4j.core.eval.win;

import java.util.List;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * AlpacaEval 2's length-controlled win rate (Dubois et al. 2024), by its own model and regularisation, so that a figure can
 * stand beside its leaderboard.
 *
 * <p>A win has the probability {@code σ(a·tanh(Δ/s) + b·d + c)}: Δ the baseline's length less the system's, s its standard
 * deviation, d the instruction's difficulty. The coefficients' absolute values are penalised, with the strength that 5-fold
 * cross-validation chooses; judged answers of two anchor models are fitted along with the system's, each with a tenth of the
 * weight and without c. The rate is the mean prediction with Δ = 0. AlpacaEval also predicts for answers that its judge gave no
 * verdict on, and counts their lengths into s; here they are left out.
 *
 * @param rate length-controlled win rate in [0, 1]
 * @param standardError of the mean of the predictions, as AlpacaEval states it; it leaves out that the model is fitted
 * @param lengthCoefficient a
 * @param difficultyCoefficient b
 * @param modelCoefficient c
 * @param inverseRegularization the strength C that cross-validation chose: the larger, the weaker the penalty
 */
public record AlpacaLengthControl(
        double rate,
        double standardError,
        double lengthCoefficient,
        double difficultyCoefficient,
        double modelCoefficient,
        double inverseRegularization) {
    /** Rows are cut into so many parts, one of which is predicted from the others. */
    static final int FOLDS = 5;

    private static final int STRENGTHS = 10;
    private static final double LARGEST_EXPONENT = 4;

    /**
     * Controls for length as AlpacaEval 2 does.
     *
     * @param anchors AlpacaEval's own data
     * @param outcomes the system against the baseline, at least {@value #FOLDS}; lengths in characters (code points)
     * @param instructions the number of each outcome's instruction
     */
    public static AlpacaLengthControl of(AlpacaAnchors anchors, List<WinOutcome> outcomes, int[] instructions) {
        if (outcomes.size() != instructions.length || outcomes.size() < FOLDS) {
            throw new IllegalArgumentException(outcomes.size() + " outcomes but " + instructions.length
                    + " instructions; both need one each, and at least " + FOLDS + ".");
        }
        AlpacaRows rows = AlpacaRows.of(anchors, outcomes, instructions);
        double strength = strength(rows);
        double[] coefficients = rows.fit(strength);
        SummaryStatistics predictions = new SummaryStatistics();
        for (int instruction : instructions) {
            double difficulty = anchors.difficulty(instruction);
            predictions.addValue(Logistic.sigmoid(coefficients[1] * difficulty + coefficients[2]));
        }
        return new AlpacaLengthControl(
                predictions.getMean(),
                predictions.getStandardDeviation() / Math.sqrt(instructions.length),
                coefficients[0],
                coefficients[1],
                coefficients[2],
                strength);
    }

    /**
     * Estimates the rate's interval, refitting on each resample with the strength that was chosen.
     *
     * @param anchors those that the rate was computed with
     * @param outcomes those that it was computed from
     * @param instructions their numbers
     * @param bootstrap draws whole prompts of the system's own; the anchors stay
     */
    public Interval interval(
            AlpacaAnchors anchors, List<WinOutcome> outcomes, int[] instructions, ClusterBootstrap bootstrap) {
        AlpacaRows rows = AlpacaRows.of(anchors, outcomes, instructions);
        PromptClusters clusters = PromptClusters.of(outcomes, WinOutcome::prompt);
        return bootstrap.interval(clusters.count(), drawn -> {
            AlpacaRows resampled = rows.drawn(clusters.weights(drawn));
            return resampled.rate(resampled.fit(inverseRegularization));
        });
    }

    private static double strength(AlpacaRows rows) {
        double best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < STRENGTHS; i++) {
            double strength = Math.pow(10, LARGEST_EXPONENT * (2.0 * i / (STRENGTHS - 1) - 1));
            double loss = 0;
            for (int fold = 0; fold < FOLDS; fold++) {
                double[] coefficients = rows.fold(fold, FOLDS, false).fit(strength);
                loss += rows.fold(fold, FOLDS, true).meanLoss(coefficients);
            }
            if (loss < least) {
                least = loss;
                best = strength;
            }
        }
        return best;
    }
}
