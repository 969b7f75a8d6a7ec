package org.align4j.core.doctor.people;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.eval.Proportion;

/** How often each annotator agrees, and how often the others do among themselves. */
final class Pairwise {
    private final Agreement[] own;
    private Agreement all = new Agreement(0, 0);

    Pairwise(int annotators) {
        this.own = new Agreement[annotators];
        Arrays.fill(own, all);
    }

    /** Compares every two votes on a pair. */
    static Pairwise of(List<List<DawidSkene.Vote>> overlaps, int annotators) {
        Pairwise pairwise = new Pairwise(annotators);
        for (List<DawidSkene.Vote> votes : overlaps) {
            for (int i = 0; i < votes.size(); i++) {
                for (int j = 0; j < i; j++) {
                    boolean agree = votes.get(i).forward() == votes.get(j).forward();
                    pairwise.count(votes.get(i).annotator(), agree);
                    pairwise.count(votes.get(j).annotator(), agree);
                    pairwise.all = pairwise.all.plus(agree);
                }
            }
        }
        return pairwise;
    }

    /** Counts whether an annotator agrees with something that is nobody's. */
    void add(int annotator, boolean agrees) {
        count(annotator, agrees);
        all = all.plus(agrees);
    }

    private void count(int annotator, boolean agrees) {
        own[annotator] = own[annotator].plus(agrees);
    }

    /** All comparisons. */
    Agreement all() {
        return all;
    }

    /**
     * Whether the comparisons are no sample of what annotators say of a pair: people who throw coins agree in half of them, so that fewer
     * agreements mean that rows which agree were left out, as repeated ones mostly are, and only contradictions stayed.
     */
    boolean lackAgreements() {
        return all.judged() > 0
                && new Proportion(all.agreed(), all.judged()).wilson(0.95).high() < 0.5;
    }

    Agreement of(int annotator) {
        return own[annotator];
    }

    /** All comparisons in which the annotator has no part. */
    Agreement others(int annotator) {
        return new Agreement(all.agreed() - own[annotator].agreed(), all.judged() - own[annotator].judged());
    }
}
