package org.align4j.core.eval.win;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.LogisticFit.LogisticSurface;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * AlpacaEval 2's length-controlled win rate (Dubois et al. 2024), by its own model and regularisation, so that a figure can
 * be beside its leaderboard.
 *
 * <p>A win has the probability {@code σ(a·tanh(Δ/s) + b·d + c)}: Δ the baseline's length less the system's, s its standard
 * deviation, d the instruction's difficulty. The coefficients' absolute values are penalised, with the strength that 5-fold
 * cross-validation chooses; labelled answers of two anchor models are fitted along with the system's, each with a tenth of the
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

    /**
     * The anchors' rows and the system's as AlpacaEval's model reads them.
     *
     * @param features of each row: tanh of the standardised length difference, difficulty, 1 for the system's own rows
     * @param targets what each row gets against the baseline
     * @param weights how much each row counts
     */
    @SuppressWarnings("ArrayRecordComponent")
    record AlpacaRows(double[][] features, double[] targets, double[] weights) {
        /** All anchors together weigh a fifth of what one model's rows do; there are two of them. */
        private static final double ANCHOR_WEIGHT = 0.2 / 2;

        static AlpacaRows of(AlpacaAnchors anchors, List<WinOutcome> outcomes, int[] instructions) {
            int before = anchors.anchors().size();
            int all = before + outcomes.size();
            AlpacaRows rows = new AlpacaRows(new double[all][], new double[all], new double[all]);
            for (int i = 0; i < before; i++) {
                AlpacaAnchors.Anchor anchor = anchors.anchors().get(i);
                double length = Math.tanh(anchor.standardDifference());
                rows.features[i] = new double[] {length, anchors.difficulty(anchor.instruction()), 0};
                rows.targets[i] = anchor.win();
                rows.weights[i] = ANCHOR_WEIGHT;
            }
            double deviation = deviation(outcomes);
            if (!(deviation > 0)) {
                throw new IllegalArgumentException("All " + outcomes.size()
                        + " length differences are equal; AlpacaEval's length control needs some that differ.");
            }
            for (int i = 0; i < outcomes.size(); i++) {
                double length = Math.tanh(difference(outcomes.get(i)) / deviation);
                rows.features[before + i] = new double[] {length, anchors.difficulty(instructions[i]), 1};
                rows.targets[before + i] = outcomes.get(i).win();
                rows.weights[before + i] = 1;
            }
            return rows;
        }

        /** Returns the standard deviation of the length differences; 0 where all are equal or there is one only. */
        static double deviation(List<WinOutcome> outcomes) {
            SummaryStatistics differences = new SummaryStatistics();
            outcomes.forEach(outcome -> differences.addValue(difference(outcome)));
            return differences.getStandardDeviation();
        }

        private static double difference(WinOutcome outcome) {
            return (double) outcome.againstLength() - outcome.length();
        }

        /**
         * Takes the rows inside or outside of a fold; the folds go round from the last row.
         *
         * @param fold which
         * @param folds how many there are
         * @param inside which side is taken
         */
        AlpacaRows fold(int fold, int folds, boolean inside) {
            int[] taken = IntStream.range(0, targets.length)
                    .filter(i -> ((targets.length - 1 - i) % folds == fold) == inside)
                    .toArray();
            return new AlpacaRows(
                    IntStream.of(taken).mapToObj(i -> features[i]).toArray(double[][]::new),
                    IntStream.of(taken).mapToDouble(i -> targets[i]).toArray(),
                    IntStream.of(taken).mapToDouble(i -> weights[i]).toArray());
        }

        /** Returns these rows with each of the system's own counting so often, and the anchors' as before. */
        AlpacaRows drawn(double[] times) {
            double[] weighed = weights.clone();
            int before = weighed.length - times.length;
            for (int i = 0; i < times.length; i++) {
                weighed[before + i] *= times[i];
            }
            return new AlpacaRows(features, targets, weighed);
        }

        /** Computes the mean prediction for the system's own rows, were no answer longer than the other. */
        double rate(double[] coefficients) {
            double sum = 0;
            double all = 0;
            for (int i = 0; i < features.length; i++) {
                double own = weights[i] * features[i][2];
                sum += own * Logistic.sigmoid(coefficients[1] * features[i][1] + coefficients[2]);
                all += own;
            }
            return sum / all;
        }

        double[] fit(double inverseRegularization) {
            return new LassoFit(inverseRegularization).coefficients(features, targets, weights);
        }

        double meanLoss(double[] coefficients) {
            return LogisticSurface.of(coefficients, features, targets, weights).loss() / targets.length;
        }

        /**
         * Fits a logistic model to targets in [0, 1] whose absolute coefficients are penalised: it minimises {@code ‖b‖₁ + C·loss}, by
         * Newton steps on the loss each of which is solved coordinate by coordinate (Friedman et al. 2010).
         *
         * @param inverseRegularization C: the larger, the weaker the penalty
         */
        private record LassoFit(double inverseRegularization) {
            private static final int MOST_STEPS = 200;
            private static final int MOST_SWEEPS = 1000;
            private static final double SMALL_STEP = 1e-9;

            /** So little curvature keeps a coordinate's step finite. */
            private static final double LEAST_CURVATURE = 1e-12;

            double[] coefficients(double[][] features, double[] targets, double[] weights) {
                double[] current = new double[features[0].length];
                double[] candidate = current;
                double objective = Double.POSITIVE_INFINITY;
                for (int step = 0; step < MOST_STEPS; step++) {
                    LogisticSurface at = LogisticSurface.of(candidate, features, targets, weights);
                    double value = inverseRegularization * at.loss() + norm(candidate);
                    if (value > objective + 1e-13 * Math.abs(objective)) {
                        candidate = LogisticFit.between(current, candidate); // it overshot
                        continue;
                    }
                    objective = value;
                    current = candidate;
                    candidate = minimum(current, at);
                    if (distance(current, candidate) < SMALL_STEP) {
                        break;
                    }
                }
                return candidate;
            }

            /** The minimum of the penalised parabola that touches the loss here. */
            private double[] minimum(double[] from, LogisticSurface at) {
                double[] to = from.clone();
                for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
                    double moved = 0;
                    for (int j = 0; j < to.length; j++) {
                        double before = to[j];
                        double slope = -at.descent()[j];
                        for (int k = 0; k < to.length; k++) {
                            slope += at.curvature()[j][k] * (to[k] - from[k]);
                        }
                        double curvature = inverseRegularization * at.curvature()[j][j] + LEAST_CURVATURE;
                        to[j] = softThreshold(before - inverseRegularization * slope / curvature, 1 / curvature);
                        moved = Math.max(moved, Math.abs(to[j] - before));
                    }
                    if (moved < SMALL_STEP / 10) {
                        break;
                    }
                }
                return to;
            }

            private static double softThreshold(double value, double by) {
                return Math.signum(value) * Math.max(0, Math.abs(value) - by);
            }

            private static double norm(double[] coefficients) {
                double norm = 0;
                for (double each : coefficients) {
                    norm += Math.abs(each);
                }
                return norm;
            }

            private static double distance(double[] a, double[] b) {
                double most = 0;
                for (int j = 0; j < a.length; j++) {
                    most = Math.max(most, Math.abs(a[j] - b[j]));
                }
                return most;
            }
        }
    }
}
