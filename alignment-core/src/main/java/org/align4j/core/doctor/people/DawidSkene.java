package org.align4j.core.doctor.people;

import java.util.Arrays;
import java.util.List;

/**
 * How often each annotator is right, from rows that several judged, without knowing what is right (Dawid and Skene 1979, with one
 * accuracy an annotator): what is right of a row follows from its votes and the accuracies, the accuracies from what is right, in
 * turns. Both answers of a row are as likely to be right beforehand; an annotator's accuracy is that of the greatest posterior under a
 * Beta(2, 2) prior: {@code (right + 1) / (votes + 2)}. All begin at 0.8, so that the majority is right and not the minority.
 */
final class DawidSkene {
    private static final int ROUNDS = 50;
    private static final double FIRST_GUESS = 0.8;
    /** A right and a wrong vote of each annotator beforehand (a Beta(2, 2) prior of the accuracy), so that few votes make nobody perfect. */
    private static final double PRIOR = 1;

    private DawidSkene() {}

    /**
     * A judgement of a row.
     *
     * @param item which row
     * @param annotator whose
     * @param forward which of its two answers it finds better
     */
    record Vote(int item, int annotator, boolean forward) {}

    /** The accuracy of each annotator; the first guess for those without a vote. */
    static double[] accuracies(List<Vote> votes, int items, int annotators) {
        double[] accuracy = new double[annotators];
        Arrays.fill(accuracy, FIRST_GUESS);
        double[] logOdds = new double[items];
        for (int round = 0; round < ROUNDS; round++) {
            Arrays.fill(logOdds, 0);
            for (Vote vote : votes) {
                double weight = Math.log(accuracy[vote.annotator] / (1 - accuracy[vote.annotator]));
                logOdds[vote.item] += vote.forward ? weight : -weight;
            }
            double[] right = new double[annotators];
            double[] all = new double[annotators];
            for (Vote vote : votes) {
                double forward = 1 / (1 + Math.exp(-logOdds[vote.item]));
                right[vote.annotator] += vote.forward ? forward : 1 - forward;
                all[vote.annotator]++;
            }
            for (int a = 0; a < annotators; a++) {
                if (all[a] > 0) {
                    accuracy[a] = (right[a] + PRIOR) / (all[a] + 2 * PRIOR);
                }
            }
        }
        return accuracy;
    }
}
