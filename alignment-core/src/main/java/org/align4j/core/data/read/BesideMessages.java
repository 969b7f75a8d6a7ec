package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/** Reads what stands beside messages and is for the chat template: tools, and variables that a row sets for itself. */
final class BesideMessages {
    /** The key that has a row's variables, as trl calls it. */
    static final String ARGUMENTS = "chat_template_kwargs";

    /** The variables that a conversation itself sets. */
    private static final List<String> TAKEN = List.of("messages", "tools", "add_generation_prompt");

    private BesideMessages() {}

    /** Reads a list of tools, or one as JSON text; null where there is none. */
    static @Nullable List<?> tools(Fields fields) {
        Object tools = value(fields, "tools", "a list");
        if (tools == null || tools instanceof List<?>) {
            return (List<?>) tools;
        }
        throw fields.error("tools", "is " + Fields.kind(tools) + " but must be a list.");
    }

    /** Reads variables of the template, an object or one as JSON text; empty where there are none. */
    static Map<String, @Nullable Object> arguments(Fields fields) {
        Object object = value(fields, ARGUMENTS, "an object");
        if (object == null) {
            return Map.of();
        }
        if (!(object instanceof Map<?, ?> map)) {
            throw fields.error(
                    ARGUMENTS, "is " + Fields.kind(object) + " but must be an object of the template's variables.");
        }
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        map.forEach((name, argument) -> arguments.put(String.valueOf(name), argument));
        for (String taken : TAKEN) {
            if (arguments.containsKey(taken)) {
                throw fields.error(ARGUMENTS, "sets " + taken + ", which the row's conversation sets; take it out.");
            }
        }
        return Collections.unmodifiableMap(arguments);
    }

    private static @Nullable Object value(Fields fields, String name, String form) {
        Object value = fields.optional(name);
        if (!(value instanceof String text)) {
            return value;
        }
        try {
            return Whitespace.only(text) ? null : Json.read(text, Object.class);
        } catch (JsonProcessingException e) {
            throw fields.error(name, "is text but no JSON; it must be " + form + ", or " + form + " as JSON text.");
        }
    }
}
