package org.align4j.core.doctor.people;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;

/** Who judged which pair how, in a few bytes per row. */
final class Judgements {
    private final Map<String, Integer> annotators = new LinkedHashMap<>();
    private final ImmutableIntArray.Builder who = ImmutableIntArray.builder();
    private final ImmutableIntArray.Builder row = ImmutableIntArray.builder();
    private final ImmutableLongArray.Builder pair = ImmutableLongArray.builder();
    private final LongIntMap times = new LongIntMap();
    private final BitSet forward = new BitSet();
    private int count;

    void add(LogRow judged, String annotator) {
        LogRow.Keys keys = judged.keys();
        long key = NormalText.hash(
                keys.prompt(), Math.min(keys.chosen(), keys.rejected()), Math.max(keys.chosen(), keys.rejected()));
        Integer known = annotators.get(annotator);
        int number = known == null ? annotators.size() : known;
        annotators.putIfAbsent(annotator, number);
        who.add(number);
        row.add(judged.number());
        pair.add(key);
        times.increment(key);
        forward.set(count++, keys.chosen() < keys.rejected());
    }

    int count() {
        return count;
    }

    /** Returns the annotators' names in the order in which they were seen. */
    List<String> names() {
        return List.copyOf(annotators.keySet());
    }

    /** Returns for each judgement the number of its annotator. */
    ImmutableIntArray annotatorOfEach() {
        return who.build();
    }

    /** Returns for each judgement the number of its row. */
    ImmutableIntArray rowOfEach() {
        return row.build();
    }

    /** The votes on pairs that several annotators judged; only the first of each annotator counts. */
    List<List<DawidSkene.Vote>> overlaps() {
        ImmutableLongArray key = pair.build();
        ImmutableIntArray annotator = who.build();
        Map<Long, List<DawidSkene.Vote>> groups = new LinkedHashMap<>();
        Map<Long, Integer> items = new HashMap<>();
        for (int i = 0; i < count; i++) {
            if (times.get(key.get(i)) > 1) {
                List<DawidSkene.Vote> votes = groups.computeIfAbsent(key.get(i), any -> new ArrayList<>());
                int item = items.computeIfAbsent(key.get(i), any -> items.size());
                int by = annotator.get(i);
                if (votes.stream().noneMatch(vote -> vote.annotator() == by)) {
                    votes.add(new DawidSkene.Vote(item, by, forward.get(i)));
                }
            }
        }
        return groups.values().stream().filter(votes -> votes.size() > 1).toList();
    }

    /**
     * Estimates how often each annotator is right from rows that several judged (Dawid and Skene 1979, with one accuracy per
     * annotator). The right answer follows from votes and accuracies, the accuracies from the right answers, in turns. Both
     * answers of a row are as likely to be right beforehand; an annotator's accuracy is that of the greatest posterior under a
     * Beta(2, 2) prior: {@code (right + 1) / (votes + 2)}. All begin at 0.8, so that the majority is right and not the minority.
     */
    static final class DawidSkene {
        private static final int ROUNDS = 50;
        private static final double FIRST_GUESS = 0.8;
        private static final double ONE = 1L << 32;
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
        record Vote(int item, int annotator, boolean forward) implements Serializable {}

        /** The accuracy of each annotator; the first guess for those without a vote. */
        static double[] accuracies(List<Vote> votes, int annotators) {
            Map<Integer, List<Vote>> items = new LinkedHashMap<>();
            long[] all = new long[annotators];
            votes.forEach(vote -> {
                items.computeIfAbsent(vote.item, any -> new ArrayList<>()).add(vote);
                all[vote.annotator]++;
            });
            return accuracies(all, odds -> {
                long[] right = new long[annotators];
                items.values().forEach(item -> expect(item, odds, right));
                return right;
            });
        }

        /**
         * Finds accuracies and right answers in turns.
         *
         * @param votes by annotator how many votes there are
         * @param expected by the log-odds of being right of each annotator the sums that {@link #expect} makes of all rows
         */
        static double[] accuracies(long[] votes, Function<double[], long[]> expected) {
            double[] accuracy = new double[votes.length];
            Arrays.fill(accuracy, FIRST_GUESS);
            for (int round = 0; round < ROUNDS; round++) {
                double[] odds = Arrays.stream(accuracy)
                        .map(each -> StrictMath.log(each / (1 - each)))
                        .toArray();
                long[] right = expected.apply(odds);
                for (int a = 0; a < votes.length; a++) {
                    if (votes[a] > 0) {
                        accuracy[a] = (right[a] / ONE + PRIOR) / (votes[a] + 2 * PRIOR);
                    }
                }
            }
            return accuracy;
        }

        /**
         * Adds to each annotator the probability that the vote on a row is right, in parts of 2⁻³², whose sum doesn't depend on the order of
         * rows.
         *
         * @param item the votes on one row
         */
        static void expect(List<Vote> item, double[] odds, long[] right) {
            double logOdds = 0;
            for (Vote vote : item) {
                logOdds += vote.forward ? odds[vote.annotator] : -odds[vote.annotator];
            }
            double forward = 1 / (1 + StrictMath.exp(-logOdds));
            for (Vote vote : item) {
                right[vote.annotator] += Math.round((vote.forward ? forward : 1 - forward) * ONE);
            }
        }
    }
}
