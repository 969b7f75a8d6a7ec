package org.align4j.core.doctor.duplicates;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.LongIntMap;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are an earlier row with few changes: the Jaccard similarity of their runs of five characters is 0.8 or more, and the
 * prompt and each answer are alike for themselves, so that two judgements of one long prompt are no duplicates. {@link MinHash}
 * proposes pairs, a second look at both rows decides. Exact duplicates are told by {@link ExactDuplicates}.
 */
public final class NearDuplicates implements Check {
    static final Threshold THRESHOLD = new Threshold(0.01, 0.05);
    /** From which similarity of whole rows on. */
    static final double SIMILARITY = 0.8;
    /** From which similarity of their prompts, and of their answers, on. */
    static final double PART = 0.5;

    /** How many rows are held in memory for comparison at a time. */
    private static final int HELD = 40_000;

    private static final String ADVICE =
            "Such rows count several times in training, and in evaluation where they are split; leave the later ones out with"
                    + " --fix near-duplicates.";

    private final LongIntMap exact = new LongIntMap();
    private final Candidates candidates = new Candidates();
    private final Map<Integer, Integer> earlierOf = new TreeMap<>();
    private final Map<Integer, Double> similarity = new HashMap<>();
    private final Map<Integer, Parts> held = new HashMap<>();
    private final Map<Integer, List<Integer>> open = new HashMap<>();
    private long @Nullable [] pairs;
    private int next;
    private int rows;

    @Override
    public String id() {
        return "near-duplicates";
    }

    @Override
    public Runnable look(LogRow row) {
        LogRow.Keys keys = row.keys();
        long key = NormalText.hash(keys.prompt(), keys.chosen(), keys.rejected());
        int[] bands = MinHash.bands(Shingles.raw(row.normal()));
        return () -> {
            rows++;
            if (exact.putIfAbsent(key, row.number()) == LongIntMap.ABSENT) {
                candidates.add(row.number(), bands);
            }
        };
    }

    @Override
    public BitSet again() {
        if (pairs == null) {
            pairs = candidates.pairs();
        }
        held.clear();
        open.clear();
        BitSet wanted = new BitSet();
        for (int count = 0; next < pairs.length && count < HELD; next++) {
            int earlier = (int) (pairs[next] >> 32);
            int later = (int) pairs[next];
            count += (wanted.get(earlier) ? 0 : 1) + (wanted.get(later) ? 0 : 1);
            wanted.set(earlier);
            wanted.set(later);
            open.computeIfAbsent(later, key -> new ArrayList<>()).add(earlier);
        }
        return wanted;
    }

    @Override
    public Runnable lookAgain(LogRow row) {
        Parts parts = Parts.of(row);
        return () -> {
            held.put(row.number(), parts);
            for (int earlier : open.getOrDefault(row.number(), List.of())) {
                compare(earlier, row.number(), parts);
            }
        };
    }

    private void compare(int earlier, int later, Parts parts) {
        Parts others = held.get(earlier);
        double alike = others == null ? 0 : parts.similarity(others);
        if (alike >= SIMILARITY && alike > similarity.getOrDefault(later, 0.0)) {
            earlierOf.put(later, earlier);
            similarity.put(later, alike);
        }
    }

    @Override
    public Optional<Finding> finding() {
        List<Sighting> found = new ArrayList<>();
        earlierOf.forEach((later, earlier) ->
                found.add(new Sighting(later, earlier, format("Jaccard %.2f", similarity.get(later)))));
        return rows == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id(), THRESHOLD, rows, found, ADVICE));
    }

    /** A row's shingles, whole and part by part. */
    private record Parts(Shingles whole, Shingles prompt, Shingles chosen, Shingles rejected) {
        static Parts of(LogRow row) {
            return new Parts(
                    Shingles.of(row.normal()),
                    Shingles.of(row.normal().prompt()),
                    Shingles.of(row.normal().chosen()),
                    Shingles.of(row.normal().rejected()));
        }

        /** The similarity of the whole; 0 where a part is not alike. */
        double similarity(Parts other) {
            boolean alike =
                    alike(prompt, other.prompt) && alike(chosen, other.chosen) && alike(rejected, other.rejected);
            return alike ? whole.jaccard(other.whole) : 0;
        }

        private static boolean alike(Shingles one, Shingles other) {
            return (one.size() == 0 && other.size() == 0) || one.jaccard(other) >= PART;
        }
    }
}
