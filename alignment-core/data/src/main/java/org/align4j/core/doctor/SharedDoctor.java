package org.align4j.core.doctor;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.ObjIntConsumer;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.doctor.Candidates.OfRow;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.OtherLogs.Excerpts;
import org.align4j.core.doctor.Screen.Checks;
import org.align4j.core.doctor.SharedChunks.Numbered;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogPlaces.Place;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators.Counts;
import org.jspecify.annotations.Nullable;

/**
 * The doctor's checks for machines that share a log of many files. Each looks at whole files, and what rows have in common is compared
 * where such rows come together, a part at a time; all of it by the classes that {@link Doctor} has. So the findings are those of one machine.
 * Each step hands a value to the next one; whoever shares the log sorts and sends the values.
 */
public final class SharedDoctor {
    /** The check that needs all rows in one place, and is left out. */
    public static final List<String> LEFT_OUT = List.of("shortcuts");

    /** The names under which the check for label noise keeps its counts, by the levels of rows. */
    public static final String LEVEL = "level ";

    /** The id of the check whose sightings come from comparisons of two texts. */
    public static final String NEAR = "near-duplicates";

    /** The checks of what rows have in common. */
    private static final Set<String> TOGETHER = Set.of("exact-duplicates", "contradictions", "cycles", NEAR);

    private final Logs logs;
    private final Set<String> languages;
    private final LogPlaces others = new LogPlaces();
    private final List<Overlap> overlaps;
    private final SharedFindings findings;

    /**
     * Reads the logs that the data should not overlap with.
     *
     * @throws org.align4j.core.error.InputException where one of their files can't be read
     */
    public SharedDoctor(Asked asked) {
        this.logs = asked.logs();
        this.languages = asked.languages();
        try (LogReader reader = new LogReader(1, rows -> {})) {
            OtherLogs otherLogs = new OtherLogs(logs, reader);
            this.overlaps = otherLogs.read(others);
            this.findings = new SharedFindings(logs, languages, others, overlaps, otherLogs.firstItem());
        }
    }

    /**
     * Holds the settings of an examination, as executors get them.
     *
     * @param evalData files of rows that are kept for evaluation; may be empty
     * @param against files of benchmarks; may be empty
     * @param format the layout of the rows
     * @param columns what the files call the columns
     * @param form how the files are written
     * @param languages those that rows should be in, by codes of three letters; empty: those that most are in
     */
    public record Asked(
            List<String> evalData,
            List<String> against,
            RowFormat format,
            Columns columns,
            FileForm form,
            Set<String> languages)
            implements Serializable {
        private Logs logs() {
            return new Logs(
                    new LogSource(source(List.of(), format, columns)),
                    evalData.isEmpty() ? null : new LogSource(source(evalData, format, columns)),
                    against.isEmpty()
                            ? null
                            : LogSource.of(against.stream().map(Path::of).toList()));
        }

        private RowSource source(List<String> files, RowFormat layout, Columns named) {
            return new RowSource(files.stream().map(Path::of).toList(), layout, named, form);
        }
    }

    /**
     * Holds the notes of one check about a part of the rows.
     *
     * @param check its id
     * @param noted counts, and the first sightings
     */
    public record Part(String check, Noted noted) implements Serializable {}

    /**
     * A row in which a check saw something that may count.
     *
     * @param check its id
     * @param mark what decides whether it counts
     * @param sighting rows by their numbers
     * @param line the row's line
     * @param other where the other row stands; null where there is none, or its file follows from its number
     * @param otherLine the other row's line, or 0
     * @param componentLine the line of the smallest row of the row's component, or 0
     */
    public record Seen(
            String check,
            String mark,
            Sighting sighting,
            int line,
            @Nullable String other,
            int otherLine,
            int componentLine)
            implements Serializable {
        /** A row that is in no component. */
        public Seen(String check, String mark, Sighting sighting, int line, @Nullable String other, int otherLine) {
            this(check, mark, sighting, line, other, otherLine, 0);
        }

        /** Returns this sighting in a component, by its smallest row and that row's line. */
        public Seen in(int smallest, int smallestLine) {
            return new Seen(check, mark, sighting.in(smallest), line, other, otherLine, smallestLine);
        }
    }

    /**
     * A row without its texts.
     *
     * @param row its number, kind, hashes, and what comes with the texts, which are empty
     * @param line its line
     * @param bands hashes of which similar rows share some
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record Digest(LogRow row, int line, int[] bands) implements Serializable {
        /** Rows that say something of the same answers to a prompt have the same subject. */
        public long subject() {
            LogRow.Keys keys = row.keys();
            return NormalText.hash(
                    keys.prompt(), Math.min(keys.chosen(), keys.rejected()), Math.max(keys.chosen(), keys.rejected()));
        }

        /** Whether the row may lie on a circle of preferences. */
        public boolean orders() {
            return row.isPair() && row.keys().chosen() != row.keys().rejected();
        }
    }

    /** The bands of a row of which none before has the same texts. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record Banded(int row, int[] bands) implements Serializable {
        /** Returns a key for each band; rows that share one are compared. */
        public long[] keys() {
            long[] keys = new long[bands.length];
            for (int band = 0; band < keys.length; band++) {
                keys[band] = Candidates.pair(band, bands[band]);
            }
            return keys;
        }

        /** Counts the bands that another row has, too. */
        public byte agreement(Banded other) {
            return Candidates.agreement(bands, other.bands);
        }
    }

    /** Holds the counts of one annotator in a part of the rows. */
    public record OfAnnotator(String name, Counts counts) implements Serializable {}

    /** The normal texts of a row, by which it is compared. */
    public record Text(int row, int line, Texts normal, RowRuns.Counts counts) implements Serializable {
        /** Takes the texts of a row. */
        public static Text of(LogRow row, int line) {
            return new Text(row.number(), line, row.normal(), new RowRuns(row.normal()).counts());
        }
    }

    /** The text of a row that is an example, with its line; null where the row can't be read. */
    public record Quoted(int line, @Nullable Texts texts) implements Serializable {}

    /** Returns what makes findings of what was noted. */
    public SharedFindings findings() {
        return findings;
    }

    /** Returns the number of the data's first row. */
    public int first() {
        return others.count();
    }

    /**
     * Counts the rows of a file.
     *
     * @throws org.align4j.core.error.InputException where it can't be read or holds no row
     */
    public int count(Path file) {
        LogPlaces places = new LogPlaces();
        try (LogReader reader = new LogReader(1, rows -> {})) {
            reader.read(one(file), places, row -> false, (Unused) row -> Check.NOTHING);
        }
        return places.count();
    }

    private interface Unused extends LogReader.Observer {
        @Override
        default void bad(int number, String reason) {}
    }

    /**
     * Looks at the rows of a file and hands on {@link Part}, {@link Seen} and {@link Digest}.
     *
     * @param first the number of its first row
     */
    public void look(Path file, int first, Consumer<Serializable> out) {
        Numbered places = new Numbered(first);
        SharedChunks chunks = new SharedChunks(this, places, out);
        try (LogReader reader = new LogReader(1, rows -> {})) {
            reader.read(one(file), places, chunks);
        }
        chunks.end();
    }

    /** Shows some rows of a file again, each with its line. */
    public void again(Path file, int first, IntPredicate wanted, ObjIntConsumer<LogRow> receiver) {
        Numbered places = new Numbered(first);
        try (LogReader reader = new LogReader(1, rows -> {})) {
            reader.read(one(file), places, wanted, (Unused)
                    row -> () -> receiver.accept(row, places.line(row.number())));
        }
    }

    /** Quotes some rows of a file as examples; of rows that can't be read it gives the line alone. */
    public Map<Integer, Quoted> quote(Path file, int first, BitSet wanted) {
        Map<Integer, Quoted> quoted = new TreeMap<>();
        Numbered places = new Numbered(first);
        try (LogReader reader = new LogReader(1, rows -> {})) {
            reader.read(one(file), places, wanted::get, new LogReader.Observer() {
                @Override
                public Runnable look(LogRow row) {
                    Map<Integer, Texts> kept = new TreeMap<>();
                    new Excerpts(kept).look(row).run();
                    return () ->
                            quoted.put(row.number(), new Quoted(places.line(row.number()), kept.get(row.number())));
                }

                @Override
                public void bad(int number, String reason) {
                    quoted.put(number, new Quoted(places.line(number), null));
                }
            });
        }
        return quoted;
    }

    private LogSource one(Path file) {
        return new LogSource(logs.data().only(file));
    }

    /** Makes the checks that look at each row for itself. */
    List<Check.InParts> ofRows() {
        List<Check.InParts> checks = new ArrayList<>();
        List<Overlap> anew = overlaps.stream().map(Overlap::anew).toList();
        for (Check check : Checks.of(anew, languages)) {
            if (check instanceof Check.InParts inParts && !TOGETHER.contains(check.id())) {
                checks.add(inParts);
            }
        }
        return checks;
    }

    /** Hands on what a check noted, brief, and each of its sightings with where it stands. */
    void handOn(Check.InParts check, IntUnaryOperator lines, Consumer<Serializable> out) {
        Noted noted = check.noted();
        out.accept(new Part(check.id(), new Noted().add(noted, Examination.EXAMPLES)));
        if (!check.id().equals("length-bias")) {
            noted.forEach((mark, sighting) -> out.accept(seen(check.id(), mark, sighting, lines)));
        }
    }

    private Seen seen(String check, String mark, Sighting sighting, IntUnaryOperator lines) {
        int line = lines.applyAsInt(sighting.row());
        if (sighting.other() == Sighting.ALONE) {
            return new Seen(check, mark, sighting, line, null, 0);
        }
        if (sighting.other() < others.count()) {
            Place place = others.of(sighting.other());
            return new Seen(check, mark, sighting, line, place.file(), place.line());
        }
        return new Seen(check, mark, sighting, line, null, lines.applyAsInt(sighting.other()));
    }

    /** Chooses the earlier rows that one row is compared with, of those that share a band. */
    public static final class Likeliest {
        private final OfRow ofRow = new OfRow();

        /** Offers an earlier row, in any order, once or several times. */
        public void offer(int earlier, byte agreement) {
            ofRow.offer(earlier, agreement);
        }

        /** Returns the rows to compare with, in ascending order. */
        public int[] ascending() {
            return ofRow.ascending();
        }
    }
}
