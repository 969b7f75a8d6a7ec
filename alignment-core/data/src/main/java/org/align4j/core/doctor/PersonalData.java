package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;

/** Rows with what a model should not learn by heart: addresses, phone and card numbers, accounts and secret keys. */
final class PersonalData implements Check.InParts {
    static final Threshold THRESHOLD = Threshold.any(0.01);
    private static final String ADVICE =
            "A model can repeat what it learned; replace such parts by placeholders with --fix pii=mask, or leave the"
                    + " rows out with --fix pii.";

    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    @Override
    public String id() {
        return "pii";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.form().written()) {
            return NOTHING;
        }
        TreeSet<String> kinds = new TreeSet<>();
        Secrets.find(row.texts().joined())
                .forEach(secret -> kinds.add(secret.kind().label()));
        return () -> {
            rows++;
            if (!kinds.isEmpty()) {
                found.add(Sighting.of(row.number(), String.join(", ", kinds)));
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
