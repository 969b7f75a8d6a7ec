package org.align4j.core.data.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes rows as lines of JSON. */
public final class RowLine {
    private static final JsonMapper PLAIN = new JsonMapper();
    private static final JsonMapper ASCII =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private RowLine() {}

    /** Returns an object as one line of JSON in UTF-8 with its line end; half a surrogate pair is escaped, so that it stays. */
    public static byte[] of(Map<String, ? extends @Nullable Object> fields) {
        return (text(fields) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a value as JSON. */
    public static String text(@Nullable Object value) {
        try {
            String text = PLAIN.writeValueAsString(value);
            return isWhole(text) ? text : ASCII.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("values read from JSON are JSON", e);
        }
    }

    private static boolean isWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return StandardCharsets.UTF_8.newEncoder().canEncode(text);
            }
        }
        return true;
    }
}
