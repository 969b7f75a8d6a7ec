package org.align4j.reward;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.data.StepTokens;

/**
 * Scores of the S steps of some answers, one answer's after the other's.
 *
 * @param logOdds {@code [S]} logit of right less logit of wrong
 * @param right {@code [S]} whether the data call the step right
 * @param counts steps of each answer; their sum is S
 */
@SuppressWarnings("ArrayRecordComponent")
record ScoredSteps(double[] logOdds, boolean[] right, int[] counts) {

    /** Joins labelled answers with the log-odds of their steps. */
    public static ScoredSteps of(List<StepTokens> answers, List<double[]> logOdds) {
        int[] counts = answers.stream().mapToInt(StepTokens::steps).toArray();
        boolean[] right = new boolean[IntStream.of(counts).sum()];
        int from = 0;
        for (StepTokens answer : answers) {
            for (int s = 0; s < answer.steps(); s++) {
                right[from++] = answer.right(s);
            }
        }
        return new ScoredSteps(logOdds.stream().flatMapToDouble(Arrays::stream).toArray(), right, counts);
    }

    /** Counts the steps. */
    public int size() {
        return logOdds.length;
    }

    /** How many are classified as the data say: a step is called right where that is likelier than not. */
    public int agreeing() {
        int count = 0;
        for (int s = 0; s < logOdds.length; s++) {
            count += (logOdds[s] > 0) == right[s] ? 1 : 0;
        }
        return count;
    }

    /** Counts the steps that the data call right. */
    public int rightSteps() {
        int count = 0;
        for (boolean label : right) {
            count += label ? 1 : 0;
        }
        return count;
    }

    /** How many answers have their first wrong step, or none, where the data say. */
    public int firstErrorsFound() {
        int found = 0;
        int from = 0;
        for (int count : counts) {
            int step = from;
            while (step < from + count && right[step] && logOdds[step] > 0) {
                step++;
            }
            found += step == from + count || (!right[step] && !(logOdds[step] > 0)) ? 1 : 0;
            from += count;
        }
        return found;
    }

    /** {@code [S]} how likely each step is right. */
    public double[] probabilities() {
        double[] probabilities = new double[logOdds.length];
        for (int s = 0; s < probabilities.length; s++) {
            probabilities[s] = Logistic.sigmoid(logOdds[s]);
        }
        return probabilities;
    }
}
