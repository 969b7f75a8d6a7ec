package org.align4j.core.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.doctor.OtherLogs.Excerpts;
import org.align4j.core.doctor.Screen.Checks;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.jspecify.annotations.Nullable;

/**
 * Reads a preference log once for all checks, some rows again for those that ask, and the examples once more to quote them. The
 * answer is the same for any number of threads.
 */
public final class Doctor {
    /** The findings whose rows can be left out. */
    public static final List<String> FIXABLE = List.of(
            "schema",
            "rendering",
            "exact-duplicates",
            "contradictions",
            "cycles",
            "near-duplicates",
            "identical-answers",
            "cut-answers",
            "leakage",
            "contamination",
            "annotators",
            "label-noise",
            "language",
            "encoding",
            "pii",
            "negative-margins",
            "empty-prompts");

    private final Logs logs;
    private final LogReader reader;
    private final OtherLogs others;
    private final LogPlaces places = new LogPlaces();
    private final List<Check> checks;

    private Doctor(Logs logs, Set<String> languages, LogReader reader) {
        this.logs = logs;
        this.reader = reader;
        this.others = new OtherLogs(logs, reader);
        this.checks = Checks.of(others.read(places), languages);
    }

    /**
     * Runs all checks on the data.
     *
     * @param threads how many threads look at rows
     * @param model what the model makes of texts; null where there is none to ask
     * @param watcher receives how many rows more were seen; rows that are seen again count again
     * @throws org.align4j.core.error.InputException where a file can't be read or holds no row
     */
    public static Examination examine(Logs logs, int threads, @Nullable ModelTexts model, IntConsumer watcher) {
        return examine(logs, Set.of(), threads, model, watcher);
    }

    /**
     * Examines the data like {@link #examine(Logs, int, ModelTexts, IntConsumer)}, whose rows should be in some languages.
     *
     * @param languages by their codes of three letters, as the detector of languages has them; empty: those that most rows are in
     * @throws org.align4j.core.error.InputException where a file can't be read or holds no row
     */
    public static Examination examine(
            Logs logs, Set<String> languages, int threads, @Nullable ModelTexts model, IntConsumer watcher) {
        try (LogReader reader = new LogReader(threads, watcher)) {
            return new Doctor(logs, languages, reader).examine(model);
        }
    }

    /**
     * Makes the checks that every training begins with: schema, rendering, exact duplicates, contradictions, length bias, leakage. The
     * files are read once, and those that held-out rows come from once before.
     *
     * @param threads how many threads look at rows
     * @param watcher receives how many rows more were seen
     * @throws org.align4j.core.error.InputException where a file can't be read any more
     */
    public static Examination screen(ScreenedRows rows, int threads, IntConsumer watcher) {
        try (LogReader reader = new LogReader(threads, watcher)) {
            return new Screen(rows, reader).examine();
        }
    }

    private Examination examine(@Nullable ModelTexts model) {
        int first = places.count();
        reader.read(logs.data(), places, new AllChecks());
        int rows = places.count() - first;
        for (List<Asking> asking = asking(); !asking.isEmpty(); asking = asking()) {
            BitSet wanted = new BitSet();
            asking.forEach(one -> wanted.or(one.rows));
            reader.readAgain(logs.data(), first, wanted, new SecondPass(asking));
        }
        List<Finding> findings = new ArrayList<>();
        checks.stream().map(Check::finding).flatMap(Optional::stream).forEach(findings::add);
        if (model != null) {
            List<Finding> ofModel = model.examine(logs.data(), first, unusable(findings));
            findings.removeIf(finding -> finding.id().equals(ModelTexts.Rendering.ID) && !ofModel.isEmpty());
            findings.addAll(1, ofModel);
            model.checkModel(findings);
        }
        return new Examination(first, rows, List.copyOf(findings), places, excerpts(findings, first));
    }

    private static Set<Integer> unusable(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.id().equals("schema"))
                .flatMap(finding -> finding.sightings().stream())
                .map(Sighting::row)
                .collect(Collectors.toSet());
    }

    /** A check and the rows that it needs to see again. */
    private record Asking(Check check, BitSet rows) {}

    private List<Asking> asking() {
        return checks.stream()
                .map(check -> new Asking(check, check.again()))
                .filter(asking -> !asking.rows.isEmpty())
                .toList();
    }

    private Map<Integer, Texts> excerpts(List<Finding> findings, int first) {
        BitSet wanted = new BitSet();
        for (Finding finding : findings) {
            finding.sightings().stream().limit(Examination.EXAMPLES).forEach(sighting -> {
                wanted.set(sighting.row());
                if (sighting.other() != Sighting.ALONE) {
                    wanted.set(sighting.other());
                }
            });
        }
        Map<Integer, Texts> excerpts = new TreeMap<>();
        Excerpts keep = new Excerpts(excerpts);
        others.quote(wanted, keep);
        if (!wanted.isEmpty()) {
            reader.readAgain(logs.data(), first, wanted, keep);
        }
        return excerpts;
    }

    /** Shows each row to every check. */
    private final class AllChecks implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = new ArrayList<>(checks.size());
            for (Check check : checks) {
                Runnable note = check.look(row);
                if (note != Check.NOTHING) {
                    notes.add(note);
                }
            }
            return () -> notes.forEach(Runnable::run);
        }

        @Override
        public void bad(int number, String reason) {
            checks.forEach(check -> check.bad(number, reason));
        }

        @Override
        public void file(FileSummary summary) {
            checks.forEach(check -> check.file(summary));
        }

        @Override
        public void further(int rows) {
            checks.forEach(check -> check.further(rows));
        }
    }

    /** Shows rows again to the checks that asked for them. */
    private record SecondPass(List<Asking> asking) implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = asking.stream()
                    .filter(one -> one.rows.get(row.number()))
                    .map(one -> one.check.secondPass(row))
                    .toList();
            return () -> notes.forEach(Runnable::run);
        }

        @Override
        public void bad(int number, String reason) {}
    }

    /**
     * The logs that an examination is about.
     *
     * @param data the rows to be examined
     * @param heldOut rows that are kept for evaluation, or null
     * @param against benchmarks whose items should not be among the rows, or null
     */
    public record Logs(
            LogSource data,
            @Nullable LogSource heldOut,
            @Nullable LogSource against) {
        /** Returns the files of all logs. */
        public List<Path> files() {
            return Stream.of(Optional.of(data), Optional.ofNullable(heldOut), Optional.ofNullable(against))
                    .flatMap(Optional::stream)
                    .flatMap(log -> log.source().files().stream())
                    .toList();
        }
    }

    /**
     * The rows of a training as it has read them, for the checks that are made before it.
     *
     * @param data where the rows to train on come from
     * @param trained the numbers, among the rows of the data from 0, of those that are trained on
     * @param heldOut where the rows to evaluate on come from; null where there are none
     * @param evaluated the numbers, among the rows of {@code heldOut} from 0, of those that are evaluated on
     * @param encoded what the model's tokenizer and template made of the data; null where they were not asked
     */
    public record ScreenedRows(
            LogSource data,
            BitSet trained,
            @Nullable LogSource heldOut,
            BitSet evaluated,
            @Nullable Encoded encoded) {
        /**
         * Holds what became of the data's rows on their way to tokens.
         *
         * @param drops those that are not used
         * @param report all of it in figures
         */
        public record Encoded(List<Drop> drops, RowReport report) {}
    }
}
