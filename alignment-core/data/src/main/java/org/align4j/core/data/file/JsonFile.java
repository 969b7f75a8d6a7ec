package org.align4j.core.data.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of JSON objects as a stream: one per line ({@code .jsonl}), or one array of them ({@code .json}, perhaps under
 * {@code data}). A .json file whose first line is a whole object is read line by line. Strict UTF-8, strict JSON, no key twice. A
 * bad line of {@code .jsonl} is handed to the receiver, which decides; an array that breaks cannot go on.
 */
final class JsonFile implements ObjectFile {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final List<String> KINDS = List.of("jsonl", "ndjson", "json");

    private static final List<String> ARROW = List.of("arrow", "arrows", "feather", "ipc");

    /** The key under which an object in a {@code .json} file may hold the rows. */
    private static final String ROWS = "data";

    private final Path path;
    private final String name;

    private final FileForm form;

    JsonFile(Path path, FileForm form) {
        this.path = path;
        this.form = form;
        this.name = path.toString();
    }

    @Override
    public int read(Receiver receiver) {
        String kind = DataFiles.kind(path);
        if (ARROW.contains(kind)) {
            throw new InputException(name + " is Arrow, which is not read; turn it into Parquet or JSON lines, as"
                    + " datasets.Dataset.from_file(\"" + path.getFileName() + "\").to_parquet(…) or .to_json(…) does in"
                    + " Python.");
        }
        if (!KINDS.contains(kind)) {
            throw new InputException(name + " is of no kind that rows are read from; give .jsonl, .json, .ndjson, .csv"
                    + " or .tsv, each perhaps .gz or .zst, or .parquet.");
        }
        int count;
        try (InputStream in = form.open(path)) {
            count = !kind.equals("json") || startsWithRow() ? readLines(in, receiver) : readArray(in, receiver);
        } catch (IOException e) {
            throw DataFiles.unreadable(path, e);
        }
        if (count == 0) {
            throw new InputException(name + ":1: this file holds no row; a data file needs at least one.");
        }
        return count;
    }

    /** Whether the first line that isn't blank is a whole object. */
    private boolean startsWithRow() throws IOException {
        try (InputStream in = form.open(path)) {
            ByteLines lines = new ByteLines(in);
            for (int line = 1; lines.next(); line++) {
                String json = decode(lines.bytes(), line);
                if (!json.isBlank()) {
                    return json.stripLeading().startsWith("{") && isRow(parseLine(json, line));
                }
            }
            return false;
        } catch (InputException e) {
            return false;
        }
    }

    /** Whether an object is a row; one that holds a list of objects under {@code data} is a file of rows. */
    private static boolean isRow(Map<String, @Nullable Object> object) {
        boolean holdsRows =
                object.get(ROWS) instanceof List<?> list && list.stream().allMatch(Map.class::isInstance);
        return !object.isEmpty() && !holdsRows;
    }

    private int readLines(InputStream in, Receiver receiver) throws IOException {
        ByteLines lines = new ByteLines(in);
        int count = 0;
        for (int line = 1; receiver.wantsMore() && lines.next(); line++) {
            count += readLine(lines.bytes(), line, receiver);
        }
        return count;
    }

    /** Hands on one line; blank lines are no rows. */
    private int readLine(ByteBuffer bytes, int line, Receiver receiver) throws IOException {
        Map<String, @Nullable Object> fields;
        try {
            String json = decode(bytes, line);
            if (json.isBlank()) {
                return 0;
            }
            fields = parseLine(json, line);
        } catch (InputException e) {
            receiver.broken(line, e);
            return 1;
        }
        receiver.object(line, fields);
        return 1;
    }

    private String decode(ByteBuffer bytes, int line) {
        try {
            String text = Utf8Text.strictDecoder().decode(bytes).toString();
            return line == 1 && text.startsWith(Utf8Text.BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InputException(Utf8Text.notUtf8(name, line), e);
        }
    }

    private Map<String, @Nullable Object> parseLine(String json, int line) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new InputException(name + ":" + line + ": this line is no JSON object; a row is one object in"
                        + " braces, on one line.");
            }
            Map<String, @Nullable Object> fields = JsonValue.object(parser);
            if (parser.nextToken() != null) {
                throw new InputException(
                        name + ":" + line + ": something follows the row's closing brace; a line holds one row.");
            }
            return fields;
        } catch (JsonProcessingException e) {
            throw brokenJson(e, line);
        }
    }

    private int readArray(InputStream in, Receiver receiver) throws IOException {
        int count = 0;
        try (Utf8Text text = new Utf8Text(name, in);
                JsonParser parser = JSON.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return 0;
            }
            boolean inObject = first == JsonToken.START_OBJECT && findRows(parser);
            if (first != JsonToken.START_ARRAY && !inObject) {
                throw new InputException(name + ":" + line(parser) + ": this .json file is no array; a .json file holds"
                        + " one array of rows, a .jsonl file one row per line.");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                int line = line(parser);
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    throw new InputException(name + ":" + line + ": this element is no JSON object; a row is one.");
                }
                receiver.object(line, JsonValue.object(parser));
                count++;
                if (!receiver.wantsMore()) {
                    return count;
                }
            }
            if (inObject) {
                skipToEnd(parser);
            }
            if (parser.nextToken() != null) {
                throw new InputException(name + ":" + line(parser) + ": something follows the array of rows.");
            }
        } catch (JsonProcessingException e) {
            throw brokenJson(e, 0);
        }
        return count;
    }

    /** Moves to the list of rows that an object holds under {@code data}; false where it holds none. */
    private static boolean findRows(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean rows = parser.currentName().equals(ROWS);
            if (parser.nextToken() == JsonToken.START_ARRAY && rows) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    private static void skipToEnd(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            parser.nextToken();
            parser.skipChildren();
        }
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    /** @param line the line of the file, or 0 where the parser counts lines itself */
    private InputException brokenJson(JsonProcessingException e, int line) {
        @Nullable JsonLocation at = e.getLocation();
        int column = at == null ? 1 : at.getColumnNr();
        int place = line > 0 || at == null ? Math.max(line, 1) : at.getLineNr();
        String reason = e.getOriginalMessage()
                .replaceAll("\\s+", " ")
                .replaceFirst(" \\(start marker at .*\\)$", "")
                .replaceFirst("[.:]?$", "");
        String start = name + ":" + place + ":" + column + ": ";
        if (reason.startsWith("Duplicate ")) {
            return new InputException(start + "a key stands twice in one object (" + reason + "); keep one.", e);
        }
        return new InputException(start + "broken JSON (" + reason + "); a row is one complete JSON object.", e);
    }

    /** Cuts a stream into lines without decoding it, so that a line that is not UTF-8 does not end the reading. */
    private static final class ByteLines {
        /** A packed file of a few kilobytes may hold a line that fills the memory. */
        private static final int LONGEST = 1 << 25;

        private static final int MOST_BLANK = 1_000_000;

        private final InputStream in;
        private final byte[] block = new byte[1 << 16];
        private int position;
        private int limit;
        private byte[] line = new byte[1 << 12];
        private int length;
        private int number;
        private int blank;
        private boolean atEnd;

        ByteLines(InputStream in) {
            this.in = in;
        }

        /** Moves to the next line; false where there is none. The part after the last line break counts, even if empty. */
        boolean next() throws IOException {
            if (atEnd) {
                return false;
            }
            boolean empty = length == 0 || (length == 1 && line[0] == '\r');
            blank = empty ? blank + 1 : 0;
            if (blank > MOST_BLANK) {
                throw new IOException("a million blank lines stand before line " + (number + 1) + "; take them out");
            }
            length = 0;
            number++;
            while (true) {
                if (position == limit) {
                    position = 0;
                    limit = Math.max(in.read(block), 0);
                    if (limit == 0) {
                        atEnd = true;
                        return true;
                    }
                }
                int end = position;
                while (end < limit && block[end] != '\n') {
                    end++;
                }
                append(end);
                if (end < limit) {
                    position = end + 1;
                    return true;
                }
                position = limit;
            }
        }

        private void append(int end) throws IOException {
            int count = end - position;
            if (length + count > LONGEST) {
                throw new IOException(
                        "line " + number + " has more than " + LONGEST + " bytes; a row is one line of a few thousand");
            }
            if (length + count > line.length) {
                line = Arrays.copyOf(line, Math.max(length + count, line.length * 2));
            }
            System.arraycopy(block, position, line, length, count);
            length += count;
        }

        /** The bytes of the line, without its break; valid until the next call. */
        ByteBuffer bytes() {
            return ByteBuffer.wrap(line, 0, length);
        }
    }
}
