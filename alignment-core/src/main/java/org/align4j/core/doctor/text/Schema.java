package org.align4j.core.doctor.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogRow;

/** Rows that training can't use: broken JSON, a field that is missing, empty or of the wrong kind, prompts that differ. */
public final class Schema implements Check {
    static final Threshold THRESHOLD = Threshold.ANY_IS_RED;
    private static final String ADVICE =
            "Training stops at such a row unless told to go on; mend the rows, or leave them out with --fix schema.";

    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    @Override
    public String id() {
        return "schema";
    }

    @Override
    public Runnable look(LogRow row) {
        return () -> rows++;
    }

    @Override
    public void bad(int row, String reason) {
        rows++;
        found.add(Sighting.of(row, reason));
    }

    @Override
    public Optional<Finding> finding() {
        return Optional.of(Finding.ofCount(id(), THRESHOLD, rows, found, ADVICE));
    }
}
