package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one row, each read as what it must be or refused with file and line. Remembers what was read. A null
 * counts as absent.
 */
final class Fields {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Origin origin;
    private final Map<String, ? extends @Nullable Object> values;
    private final Columns columns;
    private final String need;
    private final Set<String> read = new LinkedHashSet<>();

    /** @param need what a row needs, as half a sentence, for the message when something is missing */
    Fields(Origin origin, Map<String, ? extends @Nullable Object> values, Columns columns, String need) {
        this.origin = origin;
        this.values = values;
        this.columns = columns;
        this.need = need;
    }

    Origin origin() {
        return origin;
    }

    boolean has(String name) {
        return values.get(columns.inFile(name)) != null;
    }

    boolean isText(String name) {
        return values.get(columns.inFile(name)) instanceof String;
    }

    boolean isMessages(String name) {
        return values.get(columns.inFile(name)) instanceof List<?>;
    }

    /** The field's name in the file, in quotes. */
    String quoted(String name) {
        return "\"" + columns.inFile(name) + "\"";
    }

    /** The keys of the row that nobody read. */
    Set<String> unread() {
        Set<String> unread = new LinkedHashSet<>(values.keySet());
        unread.removeAll(read);
        return unread;
    }

    /** The error for a row of no known layout. */
    InputException unknown() {
        return origin.error("this row has " + keys() + ", but " + need
                + "; columns can say what they are called here (prompt=question,…).");
    }

    InputException error(String name, String sentence) {
        return origin.error(quoted(name) + " " + sentence);
    }

    private String keys() {
        return values.isEmpty() ? "no key" : "the keys " + Shortened.list(values.keySet());
    }

    Object required(String name) {
        Object value = optional(name);
        if (value == null) {
            String state = values.containsKey(columns.inFile(name)) ? " is null; " : " is missing; ";
            throw origin.error(quoted(name) + state + need + " (this row has " + keys() + ").");
        }
        return value;
    }

    @Nullable
    Object optional(String name) {
        read.add(columns.inFile(name));
        return values.get(columns.inFile(name));
    }

    String text(String name) {
        if (required(name) instanceof String text) {
            return text;
        }
        throw error(name, "is " + kind(values.get(columns.inFile(name))) + " but must be text.");
    }

    /** An answer: text with something in it. */
    String answer(String name) {
        String text = text(name);
        if (Whitespace.only(text)) {
            throw emptyAnswer(name);
        }
        return text;
    }

    /** What a right response says: text, or a number or a truth as text. */
    @Nullable
    String rightAnswer() {
        Object value = optional("answer");
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value == null ? null : value.toString();
        }
        throw error("answer", "is " + kind(value) + " but must be text, a number or a truth.");
    }

    InputException emptyAnswer(String name) {
        return error(name, "is empty but an answer must have text; bad-rows drop leaves such rows out.");
    }

    Fields object(String name) {
        if (required(name) instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> inner = new LinkedHashMap<>();
            map.forEach((key, value) -> inner.put((String) key, value));
            return new Fields(origin, inner, Columns.PLAIN, need);
        }
        throw error(name, "is " + kind(values.get(columns.inFile(name))) + " but must be an object.");
    }

    List<Message> messages(String name) {
        if (!(required(name) instanceof List<?> list)) {
            throw error(name, "is " + kind(values.get(columns.inFile(name))) + " but must be a list of messages.");
        }
        if (list.isEmpty()) {
            throw error(name, "is an empty list but must hold at least one message.");
        }
        List<Message> messages = new ArrayList<>(list.size());
        for (Object item : list) {
            messages.add(message(name, messages.size(), item));
        }
        return List.copyOf(messages);
    }

    private Message message(String name, int index, @Nullable Object item) {
        String place = "has message " + index + " ";
        if (!(item instanceof Map<?, ?> map)) {
            throw error(name, place + "that is " + kind(item) + " but must be {\"role\", \"content\"}.");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        map.forEach((key, value) -> fields.put((String) key, value));
        boolean says = fields.containsKey("content") || fields.containsKey("tool_calls");
        if (!says || !(fields.get("role") instanceof String)) {
            throw error(
                    name,
                    place + "with the keys " + Shortened.list(fields.keySet())
                            + " but a message needs role (text) and content.");
        }
        try {
            return Message.of(fields);
        } catch (InputException e) {
            throw new InputException(origin.place() + ": " + quoted(name) + " " + place + "where " + e.getMessage(), e);
        }
    }

    /** The answer's messages; one of them must say or call something. */
    List<Message> answerMessages(String name) {
        List<Message> messages = messages(name);
        if (messages.stream().allMatch(Fields::saysNothing)) {
            throw emptyAnswer(name);
        }
        return messages;
    }

    static boolean saysNothing(Message message) {
        Object content = message.fields().get("content");
        boolean empty = content == null || (content instanceof String text && Whitespace.only(text));
        return empty && message.fields().get("tool_calls") == null;
    }

    /** Token ids: whole numbers from 0, at least one. */
    int[] ids(String name) {
        return ids(name, "", required(name));
    }

    /** @param place where in the field, as the start of a sentence */
    int[] ids(String name, String place, @Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            throw error(name, place + "is " + kind(value) + " but must be a list of token ids.");
        }
        if (list.isEmpty()) {
            throw error(name, place + "is empty but must hold at least one token id.");
        }
        int[] ids = new int[list.size()];
        for (int t = 0; t < ids.length; t++) {
            if (!(list.get(t) instanceof Integer id) || id < 0) {
                throw error(
                        name,
                        place + "has " + Shortened.of(list.get(t)) + " at place " + t
                                + " but token ids are whole numbers from 0.");
            }
            ids[t] = id;
        }
        return ids;
    }

    @Nullable
    Double number(String name) {
        Object value = optional(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw error(name, "is " + kind(value) + " but must be a number.");
    }

    /** True or false, or absent for false. */
    boolean flag(String name) {
        Object value = optional(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw error(name, "is " + kind(value) + " but must be true or false.");
    }

    @Nullable
    Boolean label() {
        Object value = optional("label");
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw error("label", "is " + Shortened.of(value) + " but must be true (desirable) or false.");
    }

    /** Tools: a list, or the same as JSON text. */
    @Nullable
    List<?> tools() {
        Object value = optional("tools");
        try {
            Object tools = value instanceof String text ? JSON.readValue(text, Object.class) : value;
            if (tools == null || tools instanceof List<?>) {
                return (List<?>) tools;
            }
            throw error("tools", "is " + kind(tools) + " but must be a list.");
        } catch (JsonProcessingException e) {
            throw error("tools", "is text but no JSON; it must be a list, or a list as JSON text.");
        }
    }

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
