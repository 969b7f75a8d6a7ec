package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.Shingles.MinHash;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows that are an earlier row with few changes. The Jaccard similarity of their runs of five characters is 0.8 or more,
 * and the prompt and each answer are alike for themselves, so that two judgements of one long prompt are no duplicates. {@link
 * MinHash} proposes pairs, a second look at both rows decides. Exact duplicates are reported by {@link ExactDuplicates}.
 */
final class NearDuplicates implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.01, 0.05);
    /** From which similarity of whole rows on. */
    static final double SIMILARITY = 0.8;
    /** From which similarity of their prompts, and of their answers, on. */
    static final double PART = 0.5;

    /** The bytes of texts that are held in memory for comparison. */
    private static final int HELD = 64 << 20;

    private static final String COMPONENTS = "components";
    private static final String LARGEST = "largest_component";

    private static final String ADVICE =
            "Such rows count several times in training, and in evaluation where they are split; leave the later ones out with"
                    + " --fix near-duplicates.";

    private final LongIntMap exact = new LongIntMap();
    private final Candidates candidates = new Candidates();
    private final List<Sighting> found = new ArrayList<>();
    private final Components components = new Components();
    private final Map<Long, @Nullable String> notes = new HashMap<>();
    private BitSet kept = new BitSet();
    private BitSet compared = new BitSet();
    private boolean lookedAgain;
    private final KeptTexts texts = new KeptTexts(HELD);
    private int rows;

    @Override
    public String id() {
        return "near-duplicates";
    }

    @Override
    public Runnable look(LogRow row) {
        long key = key(row.keys());
        int[] bands = MinHash.bands(Shingles.raw(row.normal()));
        return () -> {
            rows++;
            if (exact.putIfAbsent(key, row.number()) == LongIntMap.ABSENT) {
                candidates.add(row.number(), bands);
            }
        };
    }

    /** Rows with equal texts have equal keys; only the first of them is compared with others. */
    static long key(LogRow.Keys keys) {
        return NormalText.hash(keys.prompt(), keys.chosen(), keys.rejected());
    }

    @Override
    public BitSet again() {
        if (lookedAgain) {
            texts.close();
            return new BitSet();
        }
        lookedAgain = true;
        candidates.settle();
        kept = candidates.earlier();
        compared = candidates.later();
        BitSet wanted = (BitSet) kept.clone();
        wanted.or(compared);
        return wanted;
    }

    @Override
    public Runnable secondPass(LogRow row) {
        RowRuns runs = new RowRuns(row.normal());
        return () -> {
            if (compared.get(row.number())) {
                compare(row.number(), runs);
            }
            if (kept.get(row.number())) {
                texts.add(row.number(), row.normal(), runs.counts());
            }
        };
    }

    private void compare(int later, RowRuns runs) {
        Closest closest = new Closest(later, runs);
        for (int earlier : candidates.of(later)) {
            KeptTexts.KeptRow other = texts.get(earlier);
            if (other != null && closest.compare(earlier, other)) {
                components.join(later, earlier);
            }
        }
        Sighting sighting = closest.sighting();
        if (sighting != null) {
            String note = notes.computeIfAbsent(Math.round(100 * closest.most), rounded -> sighting.note());
            found.add(new Sighting(later, sighting.other(), note));
        }
    }

    /** Finds the earlier row that a row is most like; of equals the first. */
    static final class Closest {
        private final int later;
        private final RowRuns runs;
        private int partner = Sighting.ALONE;
        private double most;

        Closest(int later, RowRuns runs) {
            this.later = later;
            this.runs = runs;
        }

        /** Compares with an earlier row; these come in their order. Returns whether it is alike. */
        boolean compare(int earlier, KeptTexts.KeptRow other) {
            double alike = runs.similarity(other.normal(), other.counts(), PART, SIMILARITY);
            if (alike >= SIMILARITY && alike > most) {
                partner = earlier;
                most = alike;
            }
            return alike >= SIMILARITY;
        }

        /** Returns what was found; null where no row is like it. */
        @Nullable
        Sighting sighting() {
            return partner == Sighting.ALONE
                    ? null
                    : new Sighting(later, partner, format("Jaccard %.2f", Math.round(100 * most) / 100.0));
        }
    }

    /** Finds the rows that are alike, directly or through others: connected components, each named by its smallest row. */
    static final class Components {
        private int[] smaller = new int[0];

        /** Puts two rows into one component. */
        void join(int later, int earlier) {
            if (later >= smaller.length) {
                int known = smaller.length;
                smaller = Arrays.copyOf(smaller, Math.max(later + 1, Math.multiplyExact(known, 2)));
                Arrays.setAll(smaller, row -> row < known ? smaller[row] : row);
            }
            int one = of(later);
            int other = of(earlier);
            smaller[Math.max(one, other)] = Math.min(one, other);
        }

        /** Returns the smallest row of a row's component. */
        int of(int row) {
            int at = row;
            while (smaller[at] != at) {
                smaller[at] = smaller[smaller[at]];
                at = smaller[at];
            }
            return at;
        }

        /** Notes how many components of two rows or more there are, and how many rows the largest has. */
        Noted noted() {
            Map<Integer, Long> linked = new HashMap<>();
            for (int row = 0; row < smaller.length; row++) {
                if (of(row) != row) {
                    linked.merge(of(row), 1L, Long::sum);
                }
            }
            long most =
                    linked.values().stream().mapToLong(Long::longValue).max().orElse(-1);
            return noted(linked.size(), most + 1);
        }

        static Noted noted(long count, long largest) {
            return new Noted().plus(COMPONENTS, count).plus(LARGEST, largest);
        }
    }

    @Override
    public Noted noted() {
        List<Sighting> named = found.stream()
                .map(sighting -> sighting.in(components.of(sighting.row())))
                .toList();
        return Noted.of(rows, named).add(components.noted(), Integer.MAX_VALUE);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        Optional<Finding> finding = all.finding(id(), THRESHOLD, ADVICE);
        return all.count(COMPONENTS) == 0
                ? finding
                : finding.map(
                        some -> some.with(COMPONENTS, all.count(COMPONENTS)).with(LARGEST, all.count(LARGEST)));
    }
}
