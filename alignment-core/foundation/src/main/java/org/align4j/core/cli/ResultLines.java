package org.align4j.core.cli;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.align4j.core.files.OutputFile;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** One JSON line per row: into a file where one is named, else onto the terminal. All ASCII, so that nothing gets lost. */
public final class ResultLines {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private ResultLines() {}

    /** Receives the lines of a result file. */
    public interface Sink {
        void line(Map<String, Object> fields);
    }

    /** Writes the lines of a result to a {@link Sink}. */
    public interface Source {
        void writeTo(Sink sink);
    }

    /**
     * Refuses a file that can't be written as one. Ask before any work is done, so that nothing is lost.
     *
     * @param out null for the terminal
     * @throws org.align4j.core.error.InputException if a device, a pipe or a folder is there
     */
    public static void requireFile(@Nullable Path out) {
        if (out != null) {
            OutputFile.behindLinks(out);
        }
    }

    /** Writes all lines; a file is there whole or not at all. */
    public static void write(@Nullable Path out, Terminal terminal, Source source) {
        write(out, terminal, source, Map::of);
    }

    /**
     * Writes result lines, and figures over all of them.
     *
     * @param summary asked for after the last line; is next to the lines in the result of {@code --json}
     */
    public static void write(
            @Nullable Path out, Terminal terminal, Source source, Supplier<Map<String, Object>> summary) {
        if (out == null) {
            print(terminal, source, summary);
            return;
        }
        int[] count = {0};
        OutputFile.write(out, channel -> {
            BufferedWriter writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
            try {
                source.writeTo(fields -> {
                    count[0]++;
                    append(writer, fields);
                });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            writer.flush();
        });
        terminal.print("wrote " + count[0] + " lines to " + out);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("out", out.toString());
        result.put("lines", count[0]);
        result.putAll(summary.get());
        terminal.result(result);
    }

    private static void print(Terminal terminal, Source source, Supplier<Map<String, Object>> summary) {
        List<Map<String, Object>> lines = new ArrayList<>();
        source.writeTo(fields -> {
            if (terminal.json()) {
                lines.add(fields);
            } else {
                terminal.print(text(fields));
                terminal.requireWritten();
            }
        });
        Map<String, Object> figures = summary.get();
        if (figures.isEmpty()) {
            terminal.result(lines);
        } else {
            Map<String, Object> result = new LinkedHashMap<>(figures);
            result.put("rows", lines);
            terminal.result(result);
        }
    }

    private static void append(BufferedWriter writer, Map<String, Object> fields) {
        try {
            writer.write(text(fields));
            writer.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Map<String, Object> fields) {
        try {
            return JSON.writeValueAsString(fields);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
