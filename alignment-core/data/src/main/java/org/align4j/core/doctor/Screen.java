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
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Contradictions;
import org.align4j.core.doctor.people.Cycles;
import org.align4j.core.doctor.people.LabelNoise;
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

    /** The checks that the doctor makes, in the order in which they are reported. */
    static final class Checks {
        private Checks() {}

        /**
         * Makes the checks of one examination.
         *
         * @param overlaps those that compare the data with other logs, where there are any
         * @param languages those that rows should be in, by their codes of three letters; empty: those that most rows are in
         */
        static List<Check> of(List<Overlap> overlaps, Set<String> languages) {
            Language language = new Language(languages);
            List<Check> checks = new ArrayList<>();
            checks.add(new Schema());
            checks.add(new PlainStrings());
            checks.add(new ExactDuplicates());
            checks.add(new Contradictions());
            checks.add(new Cycles());
            checks.add(new NearDuplicates());
            checks.add(new IdenticalAnswers());
            checks.add(new LengthBias(language::of));
            checks.add(new Shortcuts(language::of));
            checks.add(new CutAnswers());
            checks.addAll(overlaps);
            checks.add(new Position());
            LabelNoise noise = new LabelNoise();
            checks.add(new Annotators(noise::margin));
            checks.add(noise);
            checks.add(language);
            checks.add(new Encoding());
            checks.add(new PersonalData());
            checks.add(OddRows.negativeMargins());
            checks.add(OddRows.emptyPrompts());
            checks.add(new Few());
            return checks;
        }

        /**
         * Makes those again that every training begins with, but for the form of rows and what the template makes of them.
         *
         * @param leakage compares with the rows that are evaluated on; null where there are none
         */
        static List<Check> ofStart(@Nullable Overlap leakage) {
            List<Check> checks = new ArrayList<>();
            checks.add(new ExactDuplicates());
            checks.add(new Contradictions());
            checks.add(new LengthBias(row -> null));
            if (leakage != null) {
                checks.add(leakage);
            }
            return checks;
        }
    }
}
