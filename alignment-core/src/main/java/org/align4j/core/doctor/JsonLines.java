package org.align4j.core.doctor;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;

/** A file of JSON lines that is there whole or not at all. */
record JsonLines(OutputStream out) implements AutoCloseable {
    /** Writes the lines of a file. */
    interface Content {
        void writeTo(JsonLines lines) throws IOException;
    }

    static void write(Path file, Content content) {
        OutputFile.write(file, channel -> {
            try (JsonLines lines =
                    new JsonLines(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16))) {
                content.writeTo(lines);
            }
        });
    }

    void add(Map<String, ?> fields) throws IOException {
        add(Json.bytes(fields), 0);
    }

    /** Adds a line as it is, from a place in its bytes on. */
    void add(byte[] line, int from) throws IOException {
        out.write(line, from, line.length - from);
        out.write('\n');
    }

    /** Hands on what is held back; the channel stays open. */
    @Override
    public void close() throws IOException {
        out.flush();
    }
}
