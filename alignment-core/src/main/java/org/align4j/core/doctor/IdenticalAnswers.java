package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;

/** Pairs whose two answers are the same, or nearly: their edit similarity is 0.95 or more, or white space alone differs. */
final class IdenticalAnswers implements Check {
    static final Threshold THRESHOLD = new Threshold(0.02, 0.1);
    /** One less the distance over the length of the longer answer. */
    static final double SIMILARITY = 0.95;

    private static final String ADVICE =
            "There is nothing to prefer between such answers; leave the pairs out with --fix identical-answers.";

    private final List<Sighting> found = new ArrayList<>();
    private int pairs;

    @Override
    public String id() {
        return "identical-answers";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair()) {
            return NOTHING;
        }
        boolean identical = identical(row);
        return () -> {
            pairs++;
            if (identical) {
                found.add(Sighting.of(row.number()));
            }
        };
    }

    private static boolean identical(LogRow row) {
        if (row.keys().chosen() == row.keys().rejected()) {
            return true;
        }
        String chosen = NormalText.spaced(row.texts().chosen());
        String rejected = NormalText.spaced(row.texts().rejected());
        int longer = Math.max(chosen.length(), rejected.length());
        return EditDistance.within(chosen, rejected, (int) Math.floor((1 - SIMILARITY) * longer + 1e-9));
    }

    @Override
    public Optional<Finding> finding() {
        return pairs == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id(), THRESHOLD, pairs, found, ADVICE));
    }
}
