package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.align4j.core.data.row.Whitespace;
import org.jspecify.annotations.Nullable;

/** Reads the tools that stand beside messages. */
final class ToolList {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ToolList() {}

    /** Reads a list of tools, or one as JSON text; null where there is none. */
    static @Nullable List<?> read(Fields fields) {
        Object value = fields.optional("tools");
        try {
            Object tools = value instanceof String text ? json(text) : value;
            if (tools == null || tools instanceof List<?>) {
                return (List<?>) tools;
            }
            throw fields.error("tools", "is " + Fields.kind(tools) + " but must be a list.");
        } catch (JsonProcessingException e) {
            throw fields.error("tools", "is text but no JSON; it must be a list, or a list as JSON text.");
        }
    }

    private static @Nullable Object json(String text) throws JsonProcessingException {
        return Whitespace.only(text) ? null : JSON.readValue(text, Object.class);
    }
}
