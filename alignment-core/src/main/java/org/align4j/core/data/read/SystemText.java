package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.jspecify.annotations.Nullable;

/** The system text that stands beside a prompt or messages, as Anthropic's, Bedrock's and other makers' rows have it. */
final class SystemText {
    private static final List<String> COLUMNS = List.of("system", "system_prompt");

    private SystemText() {}

    /** The column that holds it, empty or not; null where the row has none. */
    static @Nullable String column(Fields fields) {
        return COLUMNS.stream()
                .filter(name -> fields.has(name) && !fields.same(name, "prompt"))
                .findFirst()
                .orElse(null);
    }

    /** The text, or null where there is none or nothing in it. */
    static @Nullable String read(Fields fields) {
        List<String> texts = new ArrayList<>();
        for (String name : COLUMNS) {
            String text = fields.same(name, "prompt") ? null : read(fields, name);
            if (text != null && !texts.contains(text)) {
                texts.add(text);
            }
        }
        if (texts.size() > 1) {
            throw fields.error(
                    COLUMNS.get(1), "says something else than " + fields.quoted(COLUMNS.get(0)) + "; keep one.");
        }
        return texts.isEmpty() ? null : texts.get(0);
    }

    private static @Nullable String read(Fields fields, String name) {
        Object value = fields.optional(name);
        if (value == null) {
            return null;
        }
        String text = of(value);
        if (text == null) {
            throw fields.error(
                    name,
                    "is " + Fields.kind(value) + " but must be text, or a list of {\"type\": \"text\", \"text\": …}.");
        }
        return Whitespace.only(text) ? null : text;
    }

    /** Text, or the texts of text blocks on lines of their own, as Anthropic joins them; null for anything else. */
    static @Nullable String of(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (!(value instanceof List<?>) && !(value instanceof Map<?, ?>)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Object block : value instanceof List<?> list ? list : List.of(value)) {
            String text = block instanceof Map<?, ?> map ? ofBlock(map) : null;
            if (text == null) {
                return null;
            }
            texts.add(text);
        }
        return String.join("\n", texts);
    }

    private static @Nullable String ofBlock(Map<?, ?> block) {
        boolean typed = !block.containsKey("type") || "text".equals(block.get("type"));
        return typed && block.get("text") instanceof String text ? text : null;
    }
}
