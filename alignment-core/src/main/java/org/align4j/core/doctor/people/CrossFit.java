package org.align4j.core.doctor.people;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Probes each of which learned from all folds but one, so that every row is judged by one that never saw it. */
final class CrossFit {
    /** Few rows are dear: with many folds a probe still learns from most of them. */
    private static final int FOLDS = 10;

    private static final int MANY_FOLDS = 2;
    private static final int MANY = 6_000;

    private final List<Probe> probes;
    private final BitSet learned;
    private final int size;

    private CrossFit(List<Probe> probes, BitSet learned) {
        this.probes = probes;
        this.learned = learned;
        this.size = learned.cardinality();
    }

    /**
     * Trains a probe for each fold.
     *
     * @param rows what is learned from, by the rows' numbers
     */
    static CrossFit train(Map<Integer, WordDifference> rows) {
        int folds = rows.size() > MANY ? MANY_FOLDS : FOLDS;
        BitSet learned = new BitSet();
        rows.keySet().forEach(learned::set);
        List<Probe> probes = IntStream.range(0, folds)
                .parallel()
                .mapToObj(fold -> Probe.train(allBut(rows, fold, folds)))
                .toList();
        return new CrossFit(probes, learned);
    }

    private static List<WordDifference> allBut(Map<Integer, WordDifference> rows, int fold, int folds) {
        List<WordDifference> others = new ArrayList<>(rows.size());
        rows.forEach((row, difference) -> {
            if (fold(row, folds) != fold) {
                others.add(difference);
            }
        });
        return others;
    }

    /** Rows that follow one another belong to different folds, in no fixed pattern. */
    private static int fold(int row, int folds) {
        return Math.floorMod((row * 0x9E3779B1) >>> 8, folds);
    }

    /** How many rows were learned from. */
    int size() {
        return size;
    }

    /** The margin of a row by the probe that didn't see it, or the mean of all where none did. */
    double margin(int row, WordDifference difference) {
        if (learned.get(row)) {
            return probes.get(fold(row, probes.size())).margin(difference);
        }
        return probes.stream()
                .mapToDouble(probe -> probe.margin(difference))
                .average()
                .orElseThrow();
    }
}
