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
import java.util.List;
import java.util.Map;
import org.align4j.core.weights.AtomicFile;
import org.jspecify.annotations.Nullable;

/** One JSON line a row: into a file where one is named, else onto the terminal. All ASCII, so that nothing gets lost. */
public final class ResultLines {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private ResultLines() {}

    /** Takes the lines. */
    public interface Sink {
        void line(Map<String, Object> fields);
    }

    /** Makes the lines. */
    public interface Source {
        void writeTo(Sink sink);
    }

    /** Writes all lines; a file is there whole or not at all. */
    public static void write(@Nullable Path out, Terminal terminal, Source source) {
        if (out == null) {
            print(terminal, source);
            return;
        }
        int[] count = {0};
        AtomicFile.write(out, channel -> {
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
        terminal.result(Map.of("out", out.toString(), "lines", count[0]));
    }

    private static void print(Terminal terminal, Source source) {
        List<Map<String, Object>> lines = new ArrayList<>();
        source.writeTo(fields -> {
            if (terminal.json()) {
                lines.add(fields);
            } else {
                terminal.print(text(fields));
            }
        });
        terminal.result(lines);
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
