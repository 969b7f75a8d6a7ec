package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;

/**
 * Rows that are an earlier row with few changes: the Jaccard similarity of their runs of five characters is 0.8 or more, and the
 * prompt and each answer are alike for themselves, so that two judgements of one long prompt are no duplicates. {@link MinHash}
 * proposes pairs, a second look at both rows decides. Exact duplicates are told by {@link ExactDuplicates}.
 */
final class NearDuplicates implements Check {
    static final Threshold THRESHOLD = new Threshold(0.01, 0.05);
    /** From which similarity of whole rows on. */
    static final double SIMILARITY = 0.8;
    /** From which similarity of their prompts, and of their answers, on. */
    static final double PART = 0.5;

    /** The bytes of texts that are held in memory for comparison. */
    private static final int HELD = 64 << 20;

    private static final String ADVICE =
            "Such rows count several times in training, and in evaluation where they are split; leave the later ones out with"
                    + " --fix near-duplicates.";

    private final LongIntMap exact = new LongIntMap();
    private final Candidates candidates = new Candidates();
    private final List<Sighting> found = new ArrayList<>();
    private final Map<Long, String> notes = new HashMap<>();
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
    public Runnable lookAgain(LogRow row) {
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
        int partner = Sighting.ALONE;
        double most = 0;
        for (int earlier : candidates.of(later)) {
            KeptTexts.Kept other = texts.get(earlier);
            double alike = other == null ? 0 : runs.similarity(other.normal(), other.counts(), PART, SIMILARITY);
            if (alike >= SIMILARITY && alike > most) {
                partner = earlier;
                most = alike;
            }
        }
        if (partner != Sighting.ALONE) {
            String note =
                    notes.computeIfAbsent(Math.round(100 * most), rounded -> format("Jaccard %.2f", rounded / 100.0));
            found.add(new Sighting(later, partner, note));
        }
    }

    @Override
    public Optional<Finding> finding() {
        return rows == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id(), THRESHOLD, rows, found, ADVICE));
    }
}
