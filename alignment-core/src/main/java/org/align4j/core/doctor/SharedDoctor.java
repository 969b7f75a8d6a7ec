package org.align4j.core.doctor;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.ObjIntConsumer;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.doctor.Candidates.OfRow;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.DoctorFiles.Document;
import org.align4j.core.doctor.NearDuplicates.Closest;
import org.align4j.core.doctor.NearDuplicates.KeptTexts.KeptRow;
import org.align4j.core.doctor.OtherLogs.Excerpts;
import org.align4j.core.doctor.Screen.Checks;
import org.align4j.core.doctor.Shingles.MinHash;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Items.Numbering;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogPlaces.Place;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Annotators.Counts;
import org.align4j.core.doctor.people.Contradictions;
import org.align4j.core.doctor.people.Cycles;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.files.Json;
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

    /** Rows that are looked at before what was noted is handed on. */
    private static final int CHUNK = 1 << 16;

    private final Logs logs;
    private final Set<String> languages;
    private final LogPlaces others = new LogPlaces();
    private final List<Overlap> overlaps;
    private final OtherLogs otherLogs;
    private @Nullable Map<String, Check.InParts> naming;

    /**
     * Reads the logs that the data should not overlap with.
     *
     * @throws org.align4j.core.error.InputException where one of their files can't be read
     */
    public SharedDoctor(Asked asked) {
        this.logs = asked.logs();
        this.languages = asked.languages();
        try (LogReader reader = new LogReader(1, rows -> {})) {
            this.otherLogs = new OtherLogs(logs, reader);
            this.overlaps = otherLogs.read(others);
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
     */
    public record Seen(
            String check,
            String mark,
            Sighting sighting,
            int line,
            @Nullable String other,
            int otherLine) implements Serializable {}

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
        Chunks chunks = new Chunks(places, out);
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

    /** Numbers the rows of one file among those of all. */
    private static final class Numbered implements Numbering {
        private final LogPlaces places = new LogPlaces();
        private final int first;

        Numbered(int first) {
            this.first = first;
        }

        @Override
        public int next(String file, int line) {
            return first + places.next(file, line);
        }

        @Override
        public void joined(String file, int line) {
            places.joined(file, line);
        }

        int line(int number) {
            return places.of(number - first).line();
        }
    }

    /** Makes the checks that look at each row for itself. */
    private List<Check.InParts> ofRows() {
        List<Check.InParts> checks = new ArrayList<>();
        List<Overlap> anew = overlaps.stream().map(Overlap::anew).toList();
        for (Check check : Checks.of(anew, languages)) {
            if (check instanceof Check.InParts inParts && !TOGETHER.contains(check.id())) {
                checks.add(inParts);
            }
        }
        return checks;
    }

    /** Looks at the rows of a file by chunks, each with checks of its own. */
    private final class Chunks implements LogReader.Observer {
        private final Numbered places;
        private final Consumer<Serializable> out;
        private final Map<Integer, Chunk> open = new ConcurrentSkipListMap<>();
        private final Noted levels = new Noted();
        private int current = -1;

        private record Chunk(List<Check.InParts> checks) {}

        Chunks(Numbered places, Consumer<Serializable> out) {
            this.places = places;
            this.out = out;
        }

        private Chunk of(int number) {
            return open.computeIfAbsent(number / CHUNK, any -> new Chunk(ofRows()));
        }

        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = of(row.number()).checks.stream()
                    .map(check -> check.look(row))
                    .toList();
            int[] bands = MinHash.bands(Shingles.raw(row.normal()));
            boolean learns = LabelNoise.concerns(row);
            return () -> {
                begin(row.number());
                notes.forEach(Runnable::run);
                if (learns) {
                    levels.plus(LEVEL + LabelNoise.level(row.number()), 1);
                }
                out.accept(new Digest(row.withoutTexts(), places.line(row.number()), bands));
            };
        }

        @Override
        public void bad(int number, String reason) {
            begin(number);
            of(number).checks.forEach(check -> check.bad(number, reason));
        }

        @Override
        public void file(FileSummary summary) {
            of(Math.max(0, current * CHUNK)).checks.forEach(check -> check.file(summary));
        }

        @Override
        public void further(int rows) {
            of(Math.max(0, current * CHUNK)).checks.forEach(check -> check.further(rows));
        }

        /** Rows are noted in their order, so that those of a chunk before are all noted. */
        private void begin(int number) {
            int chunk = number / CHUNK;
            if (current >= 0 && chunk > current) {
                close(current);
            }
            current = chunk;
        }

        private void close(int chunk) {
            Chunk closed = open.remove(chunk);
            if (closed != null) {
                closed.checks.forEach(check -> handOn(check, number -> places.line(number), out));
            }
        }

        void end() {
            List.copyOf(open.keySet()).forEach(this::close);
            out.accept(new Part("label-noise", levels));
        }
    }

    private interface Lines {
        int of(int number);
    }

    /** Hands on what a check noted, brief, and each of its sightings with where it stands. */
    private void handOn(Check.InParts check, Lines lines, Consumer<Serializable> out) {
        Noted noted = check.noted();
        out.accept(new Part(check.id(), new Noted().add(noted, Examination.EXAMPLES)));
        if (!check.id().equals("length-bias")) {
            noted.forEach((mark, sighting) -> out.accept(seen(check.id(), mark, sighting, lines)));
        }
    }

    private Seen seen(String check, String mark, Sighting sighting, Lines lines) {
        int line = lines.of(sighting.row());
        if (sighting.other() == Sighting.ALONE) {
            return new Seen(check, mark, sighting, line, null, 0);
        }
        if (sighting.other() < others.count()) {
            Place place = others.of(sighting.other());
            return new Seen(check, mark, sighting, line, place.file(), place.line());
        }
        return new Seen(check, mark, sighting, line, null, lines.of(sighting.other()));
    }

    /**
     * Compares rows that have something in common, group after group. Hands on {@link Part} and {@link Seen}, and, of rows with one subject,
     * {@link Banded}, {@link OfAnnotator} and {@link Annotators.Votes}.
     */
    public final class Together {
        private final boolean subjects;
        private final Consumer<Serializable> out;
        private final Map<Integer, Integer> lines = new TreeMap<>();
        private List<Check.InParts> checks = List.of();
        private Annotators annotators = new Annotators(row -> Double.NaN);
        private LongIntMap exact = new LongIntMap();
        private long group;

        /** @param subjects whether groups are of rows with one subject; else of pairs with one prompt */
        public Together(boolean subjects, Consumer<Serializable> out) {
            this.subjects = subjects;
            this.out = out;
            begin();
        }

        private void begin() {
            lines.clear();
            checks = subjects ? List.of(new ExactDuplicates(), new Contradictions()) : List.of(new Cycles());
            annotators = new Annotators(row -> Double.NaN);
            exact = new LongIntMap();
        }

        /** Adds a row; groups come one after another, and the rows of each in their order. */
        public void add(long ofGroup, Digest digest) {
            if (lines.size() >= CHUNK && ofGroup != group) {
                end();
            }
            group = ofGroup;
            LogRow row = digest.row();
            lines.put(row.number(), digest.line());
            checks.forEach(check -> check.look(row).run());
            if (subjects) {
                annotators.look(row).run();
                if (exact.putIfAbsent(NearDuplicates.key(row.keys()), row.number()) == LongIntMap.ABSENT) {
                    out.accept(new Banded(row.number(), digest.bands()));
                }
            }
        }

        /** Hands on what was found so far. */
        public void end() {
            checks.forEach(check -> handOn(check, number -> lines.getOrDefault(number, 0), out));
            if (subjects) {
                out.accept(new Part(NEAR, new Noted().plus(Noted.ROWS, lines.size())));
                annotators.counts().forEach((name, counts) -> out.accept(new OfAnnotator(name, counts)));
                annotators.votes().forEach(out);
            }
            begin();
        }
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

    /** Compares the texts of one row with those of earlier rows. */
    public static final class Compared {
        private final Text later;
        private final Map<Integer, Integer> lines = new TreeMap<>();
        private final Closest closest;

        /** Takes the row's own texts. */
        public Compared(Text later) {
            this.later = later;
            this.closest = new Closest(later.row, new RowRuns(later.normal));
        }

        /** Compares with an earlier row; these come in their order. */
        public void with(Text earlier) {
            lines.put(earlier.row, earlier.line);
            closest.compare(earlier.row, new KeptRow(earlier.normal, earlier.counts));
        }

        /** Returns what was found. */
        public Optional<Seen> seen() {
            Sighting sighting = closest.sighting();
            return sighting == null
                    ? Optional.empty()
                    : Optional.of(new Seen(
                            NEAR, Noted.FOUND, sighting, later.line, null, lines.getOrDefault(sighting.other(), 0)));
        }
    }

    /** Returns the marks of each check whose sightings count, with the sighting as it is named; null where it doesn't count. */
    public @Nullable Sighting named(Map<String, Noted> all, Seen seen) {
        if (naming == null) {
            Map<String, Check.InParts> byId = new LinkedHashMap<>();
            Checks.of(overlaps, languages).forEach(check -> {
                if (check instanceof Check.InParts inParts) {
                    byId.put(check.id(), inParts);
                }
            });
            naming = byId;
        }
        Check.InParts check = naming.get(seen.check);
        return check == null
                ? seen.sighting
                : check.named(all.getOrDefault(seen.check, new Noted()), seen.mark, seen.sighting);
    }

    /**
     * Writes a line of findings.jsonl.
     *
     * @param named the sighting as the finding names it
     * @param files the name of each row's file
     */
    public static String line(Seen seen, Sighting named, IntFunction<String> files) {
        Map<Integer, Place> places = new TreeMap<>();
        places.put(named.row(), new Place(files.apply(named.row()), seen.line));
        if (named.other() != Sighting.ALONE) {
            String file = seen.other == null ? files.apply(named.other()) : seen.other;
            places.put(named.other(), new Place(file, seen.otherLine));
        }
        return Json.text(Document.line(seen.check, named, new LogPlaces(places)));
    }

    /**
     * Makes the findings of what was noted of all rows.
     *
     * @param apart the findings of annotators and label noise, by id, where there are any
     */
    public List<Finding> findings(Map<String, Noted> all, Map<String, Finding> apart) {
        List<Finding> findings = new ArrayList<>();
        for (Check check : Checks.of(overlaps, languages)) {
            if (check instanceof Check.InParts inParts) {
                inParts.finding(all.getOrDefault(check.id(), new Noted())).ifPresent(findings::add);
            } else if (apart.containsKey(check.id())) {
                findings.add(apart.get(check.id()));
            }
        }
        return List.copyOf(findings);
    }

    /** Returns the numbers of the data's rows that serve as examples. */
    public BitSet examples(List<Finding> findings) {
        BitSet wanted = new BitSet();
        for (Finding finding : findings) {
            finding.sightings().stream().limit(Examination.EXAMPLES).forEach(sighting -> {
                wanted.set(sighting.row());
                if (sighting.other() >= others.count()) {
                    wanted.set(sighting.other());
                }
            });
        }
        return wanted;
    }

    /**
     * Puts the examination together.
     *
     * @param rows how many there are
     * @param quoted the data's rows that serve as examples
     * @param files the name of each row's file
     */
    public Examination examination(
            int rows, List<Finding> findings, Map<Integer, Quoted> quoted, IntFunction<String> files) {
        Map<Integer, Place> places = new TreeMap<>();
        Map<Integer, Texts> excerpts = new TreeMap<>();
        BitSet wanted = new BitSet();
        findings.forEach(finding -> finding.sightings().forEach(sighting -> {
            if (sighting.other() >= 0 && sighting.other() < others.count()) {
                wanted.set(sighting.other());
            }
        }));
        wanted.stream().forEach(number -> places.put(number, others.of(number)));
        try (LogReader reader = new LogReader(1, seen -> {})) {
            new OtherLogs(logs, reader, otherLogs.firstItem()).quote(wanted, new Excerpts(excerpts));
        }
        quoted.forEach((number, row) -> {
            places.put(number, new Place(files.apply(number), row.line));
            if (row.texts != null) {
                excerpts.put(number, row.texts);
            }
        });
        return new Examination(others.count(), rows, findings, new LogPlaces(places), excerpts);
    }
}
