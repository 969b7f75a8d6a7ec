package org.align4j.core.data.read;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** Writes small data files and reads them back, keeping rows and errors. */
final class Rows implements RowReader.Sink {
    final List<Row> rows = new ArrayList<>();
    final List<String> errors = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    final List<Integer> badRows = new ArrayList<>();
    final List<Integer> tied = new ArrayList<>();
    List<RowReader.FileSummary> files = List.of();

    static Path write(Path folder, String name, String... lines) throws IOException {
        return write(folder, name, String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }

    static Path write(Path folder, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream raw = Files.newOutputStream(file);
                OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(raw) : raw) {
            out.write(bytes);
        }
        return file;
    }

    static Rows read(RowKind kind, Path... files) {
        return read(kind, RowFormat.AUTO, Columns.PLAIN, files);
    }

    static Rows read(RowKind kind, RowFormat format, Columns columns, Path... files) {
        Rows rows = new Rows();
        rows.files = new RowReader(List.of(files), format, columns, kind).read(rows);
        return rows;
    }

    static Row pair(Origin origin, String prompt, String chosen, String rejected, @Nullable Double margin) {
        return row(
                origin,
                Row.Kind.PAIR,
                new Row.Text(prompt),
                List.of(new Row.Text(chosen), new Row.Text(rejected)),
                null,
                margin);
    }

    static List<Message> said(Row.Content content) {
        return content.spokenBy("assistant");
    }

    static Row.Conversation conversation(Row.Content content) {
        return (Row.Conversation) content;
    }

    private static Row row(
            Origin origin,
            Row.Kind kind,
            Row.Content prompt,
            List<Row.Content> answers,
            @Nullable Boolean label,
            @Nullable Double margin) {
        List<Boolean> labels = label == null ? List.of() : List.of(label);
        return new Row(origin, kind, prompt, answers, new Row.Grades(labels, margin, null), Map.of(), List.of());
    }

    static Row answer(Origin origin, String prompt, String answer, @Nullable Boolean label) {
        return row(origin, Row.Kind.ANSWER, new Row.Text(prompt), List.of(new Row.Text(answer)), label, null);
    }

    static Row text(Origin origin, String text) {
        return row(origin, Row.Kind.TEXT, Row.NONE, List.of(new Row.Text(text)), null, null);
    }

    static Row prompt(Origin origin, String prompt, Map<String, Object> fields) {
        return new Row(
                origin,
                Row.Kind.PROMPT,
                new Row.Text(prompt),
                List.of(),
                new Row.Grades(List.of(), null, null),
                fields,
                List.of());
    }

    /** What a row says, and what it is written in: {@code PAIR Text}. */
    static String form(Row row) {
        Row.Content content = row.kind() == Row.Kind.TEXT ? row.chosen() : row.prompt();
        return row.kind() + " " + content.getClass().getSimpleName();
    }

    Row only() {
        if (rows.size() != 1 || !errors.isEmpty()) {
            throw new AssertionError("one row expected: " + rows + errors);
        }
        return rows.get(0);
    }

    @Override
    public void row(Row row) {
        rows.add(row.with(List.of()));
        row.notes().forEach(note -> notes.add(row.origin().line() + ": " + note));
    }

    @Override
    public void tied(Origin origin) {
        tied.add(origin.row());
    }

    @Override
    public void bad(Origin origin, InputException error) {
        badRows.add(origin.row());
        errors.add(error.getMessage());
    }
}
