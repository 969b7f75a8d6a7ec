package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.Noted;

/**
 * Rows that an earlier row has already, but for case, white space and the spellings that NFKC makes one. A pair that another annotator
 * judged is no such row: it says how far people agree.
 */
final class ExactDuplicates implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.005, 0.05);
    private static final String ADVICE =
            "A repeated row counts twice in training; leave the later ones out with --fix exact-duplicates.";

    private final LongIntMap first = new LongIntMap();
    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    @Override
    public String id() {
        return "exact-duplicates";
    }

    @Override
    public Runnable look(LogRow row) {
        if (row.facts().repeats()) {
            return NOTHING;
        }
        long key = NormalText.hash(
                row.keys().prompt(),
                row.keys().chosen(),
                row.keys().rejected(),
                row.form().kind().name().hashCode(),
                Objects.hashCode(row.verdict().label()),
                NormalText.hash(Objects.requireNonNullElse(row.facts().annotator(), "")));
        return () -> {
            rows++;
            int earlier = first.putIfAbsent(key, row.number());
            if (earlier != LongIntMap.ABSENT) {
                found.add(Sighting.of(row.number(), earlier));
            }
        };
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE);
    }
}
