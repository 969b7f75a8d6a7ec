package org.align4j.core.doctor;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.align4j.core.doctor.KeptTexts.KeptRow;
import org.align4j.core.doctor.NearDuplicates.Closest;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.SharedDoctor.Text;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Noted;

/** Compares the texts of one row with those of earlier rows. */
public final class Compared {
    private final Text later;
    private final Map<Integer, Integer> lines = new TreeMap<>();
    private final Closest closest;

    /** Takes the row's own texts. */
    public Compared(Text later) {
        this.later = later;
        this.closest = new Closest(later.row(), new RowRuns(later.normal()));
    }

    /** Compares with an earlier row; these come in their order. Returns whether it is alike. */
    public boolean with(Text earlier) {
        lines.put(earlier.row(), earlier.line());
        return closest.compare(earlier.row(), new KeptRow(earlier.normal(), earlier.counts()));
    }

    /** Returns what was found. */
    public Optional<Seen> seen() {
        Sighting sighting = closest.sighting();
        return sighting == null
                ? Optional.empty()
                : Optional.of(new Seen(
                        SharedDoctor.NEAR,
                        Noted.FOUND,
                        sighting,
                        later.line(),
                        null,
                        lines.getOrDefault(sighting.other(), 0)));
    }
}
