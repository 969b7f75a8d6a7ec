package org.align4j.core.doctor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.reference.ReferenceFolder;

/**
 * Real rows into which defects are put. It remembers what it did, row by row, and shuffles the rows at the end, so that what a
 * check must find is known without asking it.
 */
public final class InjectedLog {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ASSISTANT = "\n\nAssistant:";

    /** Reads the rows when a test first asks for them. */
    private static final class Hh {
        static final List<Map<String, Object>> ROWS = hh();
    }

    private final List<Row> rows = new ArrayList<>();
    private final List<Defect> defects = new ArrayList<>();
    private final List<Row> whole = new ArrayList<>();
    /** Chooses rows and changes. */
    public final Random random;

    /** A row: fields, or bytes where it is no JSON. */
    public static final class Row {
        final Map<String, Object> fields;
        byte[] broken;

        Row(Map<String, Object> fields) {
            this.fields = new LinkedHashMap<>(fields);
        }

        public String text(String name) {
            return String.valueOf(fields.get(name));
        }

        public Row with(String name, Object value) {
            fields.put(name, value);
            return this;
        }

        public String json() {
            try {
                return JSON.writeValueAsString(fields);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }

        public Row copy() {
            return new Row(fields);
        }
    }

    private record Defect(String id, List<Row> rows) {}

    /** The first {@code count} rows of the file, as prompt, chosen and rejected. */
    public InjectedLog(long seed, int count) {
        this.random = new Random(seed);
        assumeTrue(Files.isDirectory(folder()), folder() + " isn't there");
        Hh.ROWS.subList(0, count).forEach(fields -> rows.add(new Row(fields)));
        whole.addAll(rows);
        Collections.shuffle(whole, random);
    }

    private static Path folder() {
        return ReferenceFolder.shared().resolve("data").resolve("hh-rlhf");
    }

    /** The rows that hh-rows.txt names. */
    private static List<Map<String, Object>> hh() {
        Path folder = folder();
        try (InputStream names = Objects.requireNonNull(InjectedLog.class.getResourceAsStream("/doctor/hh-rows.txt"))) {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (String line : new String(names.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                List<String> words = List.of(line.split(" "));
                rows.addAll(some(
                        folder.resolve(words.get(0) + ".test.jsonl.gz"),
                        Integer.parseInt(words.get(1)),
                        Set.copyOf(words.subList(3, words.size()))));
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Map<String, Object>> some(Path file, int count, Set<String> without) throws IOException {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            List<String> lines = in.lines().limit(count).toList();
            return IntStream.range(0, lines.size())
                    .filter(row -> !without.contains(String.valueOf(row)))
                    .mapToObj(row -> parts(lines.get(row)))
                    .toList();
        }
    }

    private static Map<String, Object> parts(String line) {
        try {
            JsonNode row = JSON.readTree(line);
            String chosen = row.get("chosen").textValue();
            String rejected = row.get("rejected").textValue();
            int cut = chosen.lastIndexOf(ASSISTANT) + ASSISTANT.length();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("prompt", chosen.substring(0, cut));
            fields.put("chosen", chosen.substring(cut).strip());
            fields.put("rejected", rejected.substring(cut).strip());
            return fields;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All rows so far. */
    public List<Row> rows() {
        return rows;
    }

    /** A row that has no defect yet, and will not be given again. */
    public Row take() {
        return whole.remove(whole.size() - 1);
    }

    /** Adds a row. */
    public Row add(Row row) {
        rows.add(row);
        return row;
    }

    /** Remembers that a check must name these rows together. */
    public void defect(String id, Row... with) {
        defects.add(new Defect(id, List.of(with)));
    }

    /** Shuffles the rows and writes them. */
    public Path write(Path folder) {
        Collections.shuffle(rows, random);
        return writeAsIs(folder.resolve("log.jsonl"));
    }

    /** Writes the rows in their order. */
    public Path writeAsIs(Path file) {
        try (var out = Files.newOutputStream(file)) {
            for (Row row : rows) {
                out.write(row.broken != null ? row.broken : JSON.writeValueAsBytes(row.fields));
                out.write('\n');
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Examines a file in two threads. */
    public static Examination examine(Path file) {
        return Doctor.examine(new Logs(LogSource.of(List.of(file)), null, null), 2, null, rows -> {});
    }

    /** What a check must find: the lines of each defect in ascending order, all of them sorted; call after writing. */
    public List<String> expected(String id) {
        Map<Row, Integer> lines = new IdentityHashMap<>();
        rows.forEach(row -> lines.put(row, lines.size() + 1));
        return sorted(defects.stream()
                .filter(defect -> defect.id.equals(id))
                .map(defect -> defect.rows.stream().map(lines::get)));
    }

    /** What a check found, in the form of {@link #expected}. */
    public static List<String> found(Examination examination, String id) {
        Finding finding = examination.finding(id).orElseThrow();
        return sorted(finding.sightings().stream()
                .map(sighting -> Stream.of(sighting.row(), sighting.other())
                        .filter(row -> row != Sighting.ALONE)
                        .map(row -> examination.places().of(row).line())));
    }

    private static List<String> sorted(Stream<Stream<Integer>> groups) {
        return groups.map(lines -> new TreeSet<>(lines.toList()).toString())
                .sorted()
                .toList();
    }
}
