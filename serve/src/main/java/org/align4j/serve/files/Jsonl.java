package org.align4j.serve.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.files.Json;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Looks through a file of rows: whether every line is a JSON object, in the words of OpenAI's service. */
final class Jsonl {
    /** By the heap, for a line takes many times its bytes while it is read: 4 MiB at the usual 1 GiB. */
    private static final int LONGEST_LINE =
            (int) Math.min(64 << 20, Math.max(1 << 20, Runtime.getRuntime().maxMemory() >> 8));

    private static final int HINT = 3;

    private Jsonl() {}

    /**
     * Looks at every line.
     *
     * @return what is broken in a later line; null where nothing is
     * @throws Refusal 400 where the file isn't of this format at all
     */
    static @Nullable String problem(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            int line = 0;
            int rows = 0;
            String problem = null;
            for (byte[] bytes = next(in); bytes != null; bytes = next(in)) {
                line++;
                String text = text(bytes, line);
                if (!text.isBlank()) {
                    rows++;
                    String broken = broken(text, line, rows);
                    problem = problem == null ? broken : problem;
                }
            }
            if (rows == 0) {
                throw new Refusal(400, "The file is empty; send one row per line.").about("file", "empty_file");
            }
            return problem;
        }
    }

    private static @Nullable String broken(String text, int line, int row) {
        String reason;
        if (!text.stripLeading().startsWith("{")) {
            throw notDictionary(text, line);
        }
        try {
            Json.readRow(text);
            return null;
        } catch (JsonProcessingException e) {
            long column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
            reason = "line contains invalid json: " + kind(e) + ": line 1 column " + column + " (char " + (column - 1)
                    + ") (line " + line + ")";
        }
        if (row == 1) {
            throw notDictionary(text, line);
        }
        return "Invalid file format. Example " + row + " cannot be parsed. Error: " + reason;
    }

    /** The parser's own words quote what is there, which nobody else should read. */
    private static String kind(JsonProcessingException e) {
        if (e instanceof StreamConstraintsException) {
            return "More than " + Json.MOST_IN_ROW + " values, or nested too deep";
        }
        return e instanceof com.fasterxml.jackson.core.io.JsonEOFException
                ? "Unexpected end of the line"
                : "Unexpected character";
    }

    private static Refusal notDictionary(String text, int line) {
        String start = text.substring(0, Math.min(HINT, text.length()));
        return new Refusal(
                        400,
                        "Expected file to have JSONL format, where every line is a JSON dictionary. Line " + line
                                + " is not a dictionary (HINT: line starts with: \"" + start + "...\").")
                .about(null, null);
    }

    private static String text(byte[] bytes, int line) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return line == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new Refusal(
                    400,
                    "Expected file to have JSONL format in UTF-8, but line " + line
                            + " holds bytes that aren't UTF-8.");
        }
    }

    private static byte @Nullable [] next(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int read = in.read();
        if (read < 0) {
            return null;
        }
        for (; read >= 0 && read != '\n'; read = in.read()) {
            if (line.size() == LONGEST_LINE) {
                throw new Refusal(
                        400,
                        "A line of the file is longer than " + LONGEST_LINE
                                + " bytes, the most that the server's heap allows; JSONL has one row per line.");
            }
            line.write(read);
        }
        return line.toByteArray();
    }
}
