package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.doctor.Doctor.ScreenedRows;
import org.align4j.core.doctor.ModelTexts.Rendering;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.jspecify.annotations.Nullable;

/**
 * Makes the checks that every training begins with: streams the rows that are evaluated on past the check for leakage, then those
 * that are trained on past all of them. Keeps a few bytes of a row, and no text.
 */
final class Screen {
    private final ScreenedRows rows;
    private final LogReader reader;
    private final LogPlaces places = new LogPlaces();
    private final Schema schema = new Schema();

    Screen(ScreenedRows rows, LogReader reader) {
        this.rows = rows;
        this.reader = reader;
    }

    Examination examine() {
        @Nullable Overlap leakage = leakage();
        List<Check> checks = Checks.ofStart(leakage);
        int first = places.count();
        reader.read(rows.data(), places, new Trained(checks, first));
        List<Finding> findings = new ArrayList<>();
        schema.finding().ifPresent(findings::add);
        rendering(first, findings).ifPresent(findings::add);
        checks.stream().map(Check::finding).flatMap(Optional::stream).forEach(findings::add);
        return new Examination(first, places.count() - first, List.copyOf(findings), places, Map.of());
    }

    private @Nullable Overlap leakage() {
        if (rows.heldOut() == null) {
            return null;
        }
        Overlap leakage = Overlap.leakage();
        reader.read(rows.heldOut(), places, rows.evaluated()::get, new OtherLogs.Prompts(leakage));
        return leakage;
    }

    private Optional<Finding> rendering(int first, List<Finding> findings) {
        ScreenedRows.Encoded encoded = rows.encoded();
        if (encoded == null) {
            return Optional.empty();
        }
        Set<Integer> unusable = new HashSet<>();
        findings.forEach(
                finding -> finding.sightings().stream().map(Sighting::row).forEach(unusable::add));
        int readable = places.rowsFrom(first) - unusable.size();
        Rendering rendering = new Rendering();
        rendering.add(encoded.drops(), encoded.report(), first, unusable);
        return readable == 0 ? Optional.empty() : Optional.of(rendering.finding(readable));
    }

    /** Shows the rows that are trained on to every check, and all of them to the one for their form. */
    private final class Trained implements LogReader.Observer {
        private final List<Check> checks;
        private final int first;

        Trained(List<Check> checks, int first) {
            this.checks = checks;
            this.first = first;
        }

        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = new ArrayList<>();
            notes.add(schema.look(row));
            if (rows.trained().get(row.number() - first)) {
                checks.forEach(check -> notes.add(check.look(row)));
            }
            return () -> notes.forEach(Runnable::run);
        }

        @Override
        public void bad(int number, String reason) {
            schema.bad(number, reason);
        }
    }
}
