package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

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

    private static final class Tally {
        private int golds;
        private int right;
        private int repeats;
        private int alike;
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

    /** Says what an annotator's checks came to; empty where there were none. */
    Map<String, Object> of(String annotator) {
        Map<String, Object> told = new LinkedHashMap<>();
        Tally tally = tallies.get(annotator);
        if (tally != null && tally.golds > 0) {
            told.put("gold_judged", tally.golds);
            told.put("gold_right", tally.right);
        }
        if (tally != null && tally.repeats > 0) {
            told.put("repeats_judged", tally.repeats);
            told.put("repeats_alike", tally.alike);
        }
        return told;
    }

    /**
     * Says that an annotator is wrong on gold pairs more often than somebody who reads; empty where that isn't clear.
     *
     * @param fewest gold pairs that say something
     * @param least by how many standard errors the share lies below {@link #LEAST_RIGHT} of one who is named
     */
    String low(String annotator, int fewest, double least) {
        Tally tally = tallies.get(annotator);
        if (tally == null || tally.golds < fewest) {
            return "";
        }
        double error = Math.sqrt(LEAST_RIGHT * (1 - LEAST_RIGHT) / tally.golds);
        return LEAST_RIGHT - (double) tally.right / tally.golds >= least * error
                ? format("is right on %d of %d gold pairs", tally.right, tally.golds)
                : "";
    }
}
