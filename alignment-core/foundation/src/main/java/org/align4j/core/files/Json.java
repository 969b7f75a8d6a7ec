package org.align4j.core.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, records and scalars as JSON in UTF-8, and reads files of JSON. */
public final class Json {
    /** Values, names of fields and ends of lists that a row of somebody else may have: each takes more memory than its text. */
    public static final long MOST_IN_ROW = 250_000;

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonMapper ROWS = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxTokenCount(MOST_IN_ROW).build())
            .build());

    private Json() {}

    /** Returns a value on one line, without a line end. */
    public static String text(@Nullable Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program writes can be JSON", impossible);
        }
    }

    /** Returns a value on one line, without a line end. */
    public static byte[] bytes(@Nullable Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a value as people read it: indented, without a line end. */
    public static String indented(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program writes can be JSON", impossible);
        }
    }

    /** Returns a file for people to open: a value, indented, and a line end. */
    public static byte[] document(Object value) {
        return (indented(value) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a value as a document that can be looked into. */
    public static JsonNode tree(@Nullable Object value) {
        return MAPPER.valueToTree(value);
    }

    /** Returns an object without fields. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Parses the JSON of a file.
     *
     * @throws JsonProcessingException where it is no JSON
     */
    public static JsonNode read(Path file) throws IOException {
        return MAPPER.readTree(Files.readAllBytes(file));
    }

    /** Reads a file as a value of a type. */
    public static <T> T read(Path file, Class<T> type) throws IOException {
        return MAPPER.readValue(Files.readAllBytes(file), type);
    }

    /** Parses the JSON of a text. */
    public static JsonNode read(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    /**
     * Parses a row that somebody else wrote, which may have {@link #MOST_IN_ROW} values.
     *
     * @throws JsonProcessingException where it is no JSON, or has more
     */
    public static JsonNode readRow(String text) throws JsonProcessingException {
        return ROWS.readTree(text);
    }

    /** Reads a text as a value of a type. */
    public static <T> T read(String text, Class<T> type) throws JsonProcessingException {
        return MAPPER.readValue(text, type);
    }

    /**
     * Reads a file that must be there and whole.
     *
     * @throws InputException where it can't be read, with the reason
     */
    public static JsonNode require(Path file) {
        try {
            return read(file);
        } catch (IOException e) {
            throw new InputException(file + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
    }
}
