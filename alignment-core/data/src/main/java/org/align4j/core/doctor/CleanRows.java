package org.align4j.core.doctor;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.doctor.DoctorFiles.Document;
import org.align4j.core.doctor.DoctorFiles.JsonLines;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.jspecify.annotations.Nullable;

/**
 * The rows that stay, as they were, and those that go, each with its reason; together they are all rows of the data, each once.
 * Lines of {@code .jsonl} stay byte for byte; the objects of other files become lines.
 */
public final class CleanRows {
    /** The rows that stay. */
    public static final String CLEAN = "clean.jsonl";
    /** The name of the file of rows that are left out. */
    public static final String REMOVED = "removed.jsonl";
    /** The name of the file that lists the rows of which parts are masked. */
    public static final String MASKED = "masked.jsonl";
    /** The fix that replaces personal data by placeholders, where all others leave rows out. */
    public static final String MASK = Masking.FIX;

    /** Why a row that can't even be read goes from a file that isn't copied line by line. */
    private static final String UNREADABLE = "schema";

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Examination examination;
    private final Map<Integer, Reason> removed = new TreeMap<>();
    private final @Nullable Masking masking;

    /** Says why a row is removed. */
    private record Reason(String id, Sighting sighting) {}

    /**
     * Counts the rows that were kept and removed.
     *
     * @param clean rows that stayed
     * @param removed rows that went
     * @param masked how many rows have placeholders, and how often each kind; null where nothing was to be masked
     * @param said the same in words
     */
    public record Counts(
            int clean,
            int removed,
            @Nullable Map<String, Object> masked,
            @Nullable String said) {}

    private CleanRows(Examination examination, List<String> fixes) {
        this.examination = examination;
        this.masking = fixes.contains(MASK) ? new Masking(examination) : null;
        for (String id : fixes) {
            examination.finding(id).map(Finding::removable).orElse(List.of()).forEach(sighting -> remove(id, sighting));
        }
    }

    /** Removes a row with the lines that are joined to it. */
    private void remove(String id, Sighting sighting) {
        int row = sighting.row();
        removed.putIfAbsent(row, new Reason(id, sighting));
        for (int part = row + 1; examination.places().isJoined(part); part++) {
            removed.putIfAbsent(part, new Reason(id, Sighting.of(part, row)));
        }
    }

    /**
     * Writes clean.jsonl, removed.jsonl and, where personal data is masked, masked.jsonl.
     *
     * @param fixes ids of the findings whose rows go; where a row is in several, the first of them is the reason
     * @param data the files that were examined
     * @param first the number of their first row
     */
    public static Counts write(
            Examination examination, List<String> fixes, RowSource data, int first, DoctorFiles files)
            throws IOException {
        CleanRows rows = new CleanRows(examination, fixes);
        int[] clean = {0};
        JsonLines.write(files.resolve(CLEAN), lines -> clean[0] = rows.writeClean(data, first, lines));
        JsonLines.write(files.resolve(REMOVED), lines -> {
            for (Reason reason : rows.removed.values()) {
                lines.add(rows.line(reason));
            }
        });
        Masking masking = rows.masking;
        if (masking == null) {
            Folders.deleteIfExists(files.resolve(MASKED));
            return new Counts(clean[0], rows.removed.size(), null, null);
        }
        masking.write(files);
        return new Counts(clean[0], rows.removed.size(), masking.document(), masking.said(files));
    }

    private Map<String, Object> line(Reason reason) {
        LogPlaces places = examination.places();
        Map<String, Object> fields = Document.sighting(reason.sighting, places, "partner", "partner_file");
        fields.remove("note");
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("file", fields.remove("file"));
        line.put("line", fields.remove("line"));
        line.put("reason", reason.id);
        line.putAll(fields);
        return line;
    }

    private int writeClean(RowSource data, int first, JsonLines lines) throws IOException {
        int number = first;
        int kept = 0;
        for (Path file : data.files()) {
            Copy copy = new Copy(number, lines);
            if (DataFiles.kind(file).equals("jsonl")) {
                copy.lines(data.form().open(file));
            } else {
                ObjectFile.of(
                                file,
                                new FileForm(
                                        List.of(),
                                        data.form().delimiter(),
                                        data.form().encoding()))
                        .read(copy);
            }
            number = copy.number;
            kept += copy.kept;
        }
        return kept;
    }

    /** Copies the rows of a file that stay. */
    private final class Copy implements ObjectFile.Receiver {
        private final JsonLines lines;
        private int number;
        private int kept;

        Copy(int number, JsonLines lines) {
            this.number = number;
            this.lines = lines;
        }

        void lines(InputStream file) throws IOException {
            try (InputStream in = new BufferedInputStream(file, 1 << 16)) {
                byte[] line;
                boolean start = true;
                while ((line = next(in)) != null) {
                    int from = start && startsWithMark(line) ? BYTE_ORDER_MARK.length : 0;
                    start = false;
                    if (!isBlank(line, from)) {
                        copy(line, from);
                    }
                }
            }
        }

        private void copy(byte[] line, int from) throws IOException {
            int row = number++;
            if (!removed.containsKey(row)) {
                kept++;
                if (masking == null) {
                    lines.add(line, from);
                } else {
                    lines.add(masking.line(line, from, examination.places().of(row)), 0);
                }
            }
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            int row = number++;
            if (!removed.containsKey(row)) {
                kept++;
                try {
                    lines.add(
                            masking == null
                                    ? fields
                                    : masking.object(
                                            fields, examination.places().of(row)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        @Override
        public void broken(int line, InputException error) {
            removed.putIfAbsent(number, new Reason(UNREADABLE, Sighting.of(number)));
            number++;
        }
    }

    private static byte @Nullable [] next(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        return line.toByteArray();
    }

    private static boolean startsWithMark(byte[] line) {
        return line.length >= 3
                && line[0] == BYTE_ORDER_MARK[0]
                && line[1] == BYTE_ORDER_MARK[1]
                && line[2] == BYTE_ORDER_MARK[2];
    }

    private static boolean isBlank(byte[] line, int from) {
        return new String(line, from, line.length - from, StandardCharsets.UTF_8).isBlank();
    }
}
