package org.align4j.reward.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.autodiff.Logistic;

/**
 * Scores of the S steps of some answers, one answer's after the other's.
 *
 * @param logOdds {@code [S]} logit of right less logit of wrong
 * @param right {@code [S]} whether the data call the step right
 * @param counts steps of each answer; their sum is S
 */
@SuppressWarnings("ArrayRecordComponent")
public record ScoredSteps(double[] logOdds, boolean[] right, int[] counts) {

    /** How many steps. */
    public int size() {
        return logOdds.length;
    }

    /** How many are judged as the data say: a step is called right where that is likelier than not. */
    public int agreeing() {
        int count = 0;
        for (int s = 0; s < logOdds.length; s++) {
            count += (logOdds[s] > 0) == right[s] ? 1 : 0;
        }
        return count;
    }

    /** How many the data call right. */
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

    /** The log-odds of each answer. */
    public List<double[]> byAnswer() {
        List<double[]> answers = new ArrayList<>();
        int from = 0;
        for (int count : counts) {
            answers.add(Arrays.copyOfRange(logOdds, from, from + count));
            from += count;
        }
        return answers;
    }
}
