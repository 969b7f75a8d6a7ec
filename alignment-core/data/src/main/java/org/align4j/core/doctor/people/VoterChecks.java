package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.doctor.log.LogRow.Facts.Ballot;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;

/** How people do on pairs that check them: gold pairs, whose better answer is known, and pairs that they judged before. */
final class VoterChecks {
    /** Who reads is right on gold pairs at least so often. */
    static final double LEAST_RIGHT = 0.8;

    private final Map<String, Tally> tallies = new HashMap<>();
    private final LongIntMap firstWinners = new LongIntMap();

    /** What the checks of one person came to. */
    static final class Tally implements Serializable {
        private static final long serialVersionUID = 1L;

        private int golds;
        private int right;
        private int repeats;
        private int alike;

        void add(Tally other) {
            golds += other.golds;
            right += other.right;
            repeats += other.repeats;
            alike += other.alike;
        }

        /** Says what the checks came to; empty where there were none. */
        Map<String, Object> told() {
            Map<String, Object> told = new LinkedHashMap<>();
            if (golds > 0) {
                told.put("gold_judged", golds);
                told.put("gold_right", right);
            }
            if (repeats > 0) {
                told.put("repeats_judged", repeats);
                told.put("repeats_alike", alike);
            }
            return told;
        }

        /**
         * Says that the person is wrong on gold pairs more often than somebody who reads; empty where that isn't clear.
         *
         * @param fewest gold pairs that say something
         * @param least by how many standard errors the share is below {@link #LEAST_RIGHT} of one who is named
         */
        String low(int fewest, double least) {
            if (golds < fewest) {
                return "";
            }
            double error = Math.sqrt(LEAST_RIGHT * (1 - LEAST_RIGHT) / golds);
            return LEAST_RIGHT - (double) right / golds >= least * error
                    ? format("is right on %d of %d gold pairs", right, golds)
                    : "";
        }
    }

    /** Counts a vote. A repeat stands behind the vote that it repeats. */
    void add(String annotator, Ballot ballot) {
        String winner = ballot.winner().toLowerCase(Locale.ROOT);
        String gold = ballot.gold();
        String repeatOf = ballot.repeatOf();
        Tally tally = tallies.computeIfAbsent(annotator, any -> new Tally());
        if (gold != null) {
            tally.golds++;
            tally.right += gold.toLowerCase(Locale.ROOT).equals(winner) ? 1 : 0;
        }
        if (repeatOf == null) {
            firstWinners.putIfAbsent(key(annotator, ballot.id()), winner.hashCode() & Integer.MAX_VALUE);
            return;
        }
        int first = firstWinners.get(key(annotator, repeatOf));
        if (first != LongIntMap.ABSENT) {
            tally.repeats++;
            tally.alike += first == (winner.hashCode() & Integer.MAX_VALUE) ? 1 : 0;
        }
    }

    private static long key(String annotator, String id) {
        return NormalText.hash(NormalText.hash(annotator), NormalText.hash(id));
    }

    /** Adds what the checks came to, to what is counted of each person. */
    void addTo(Map<String, Annotators.Counts> counts) {
        tallies.forEach((annotator, tally) -> counts.computeIfAbsent(annotator, any -> new Annotators.Counts())
                .checked()
                .add(tally));
    }
}
