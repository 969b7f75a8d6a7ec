package org.align4j.core.data.layout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads lists that stand as JSON in a text. */
final class JsonTexts {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonTexts() {}

    /** Returns the list that a text is; null where it is another text, which may begin with a bracket too. */
    static @Nullable List<?> listOrNull(String text) {
        if (!text.startsWith("[")) {
            return null;
        }
        try {
            return JSON.readValue(text, List.class);
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
