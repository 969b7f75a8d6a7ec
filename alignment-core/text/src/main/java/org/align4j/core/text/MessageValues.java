package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Walks through the values of messages: strings, numbers, booleans, null, lists and string-keyed maps. */
final class MessageValues {
    private MessageValues() {}

    /** Shows every string in a value, keys of maps among them. */
    static void eachText(@Nullable Object value, Consumer<String> receiver) {
        if (value instanceof String text) {
            receiver.accept(text);
        } else if (value instanceof List<?> list) {
            list.forEach(item -> eachText(item, receiver));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> {
                receiver.accept(String.valueOf(key));
                eachText(item, receiver);
            });
        }
    }

    /** A copy of a value with every string in it changed. */
    static @Nullable Object withTexts(@Nullable Object value, UnaryOperator<String> change) {
        if (value instanceof String text) {
            return change.apply(text);
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(item -> copy.add(withTexts(item, change)));
            return copy;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, item) -> copy.put(change.apply(String.valueOf(key)), withTexts(item, change)));
            return copy;
        }
        return value;
    }

    /** What a value is, in a word: text, a list, an object, or the value itself. */
    static String kind(@Nullable Object value) {
        if (value instanceof String) {
            return "text";
        }
        if (value instanceof List<?>) {
            return "a list";
        }
        return value instanceof Map<?, ?> ? "an object" : String.valueOf(value);
    }
}
