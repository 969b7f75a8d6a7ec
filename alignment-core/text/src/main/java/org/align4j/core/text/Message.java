package org.align4j.core.text;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * A message: one turn of a conversation, with its role and fields. In JSON it is the object of its fields.
 *
 * @param role who speaks: system, user, assistant, tool …
 * @param fields every field as the row had it, in its order, {@code role} and {@code content} among them; values are
 *     strings, numbers, booleans, null, lists and string-keyed maps
 */
public record Message(String role, @JsonValue Map<String, ? extends @Nullable Object> fields) {
    private static final String WEIGHT = "weight";
    static final List<String> THOUGHTS = List.of("reasoning_content", "thinking", "reasoning");

    public Message {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Makes a turn of text alone. */
    public static Message of(String role, String content) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return new Message(role, fields);
    }

    /**
     * A turn from a JSON object's fields.
     *
     * @throws InputException where {@code role} is missing or no string, or {@code weight} is neither 0 nor 1
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Message of(Map<String, ? extends @Nullable Object> fields) {
        if (!(fields.get("role") instanceof String role)) {
            throw new InputException("a message's \"role\" is " + fields.get("role")
                    + "; it must be a string such as system, user or assistant.");
        }
        Message message = new Message(role, fields);
        message.weighs();
        return message;
    }

    /** Returns whether the assistant wrote the message, by whatever name: assistant, gpt, bot, model. */
    public boolean assistant() {
        return "assistant".equals(Roles.standard(role));
    }

    /** Returns whether the message instructs the assistant: system, or developer. */
    public boolean instructs() {
        return "system".equals(Roles.standard(role));
    }

    /** Returns this message with one field set again. */
    Message with(String field, @Nullable Object value) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
        changed.put(field, value);
        return new Message(field.equals("role") ? String.valueOf(value) : role, changed);
    }

    /** Returns this message without a field. */
    Message without(String field) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
        changed.remove(field);
        return new Message(role, changed);
    }

    /** The content where it is text, else null (no content, or parts). */
    public @Nullable String content() {
        return fields.get("content") instanceof String text ? text : null;
    }

    /**
     * Returns whether the message is trained where the assistant wrote it: its {@code weight}, 1 or 0; 1 where it has none.
     */
    public boolean weighs() {
        Object weight = fields.get(WEIGHT);
        if (weight == null) {
            return true;
        }
        if (weight instanceof Number number && (number.doubleValue() == 0 || number.doubleValue() == 1)) {
            return number.doubleValue() == 1;
        }
        throw new InputException("a message's \"weight\" is " + weight + " but must be 0 or 1.");
    }

    /**
     * The fields a template sees: all but {@code weight}, which speaks to the trainer; a thought goes by both of its
     * names, as {@code transformers} has it.
     */
    Map<String, @Nullable Object> templateFields() {
        Map<String, @Nullable Object> seen = new LinkedHashMap<>();
        Object thought = thought();
        if (thought != null) {
            seen.put("thinking", thought);
        }
        seen.putAll(fields);
        seen.remove(WEIGHT);
        if (thought != null) {
            seen.put("reasoning_content", thought);
        }
        return seen;
    }

    /** What the assistant thought before it spoke, where it is a field of its own. */
    @Nullable
    Object thought() {
        for (String name : THOUGHTS) {
            Object value = fields.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Writes who speaks and what, shortened, and the names of the other fields. */
    @Override
    public String toString() {
        List<String> others = fields.keySet().stream()
                .filter(name -> !name.equals("role") && !name.equals("content"))
                .toList();
        return role + ": " + Shortened.of(fields.get("content")).replace("\n", "\\n")
                + (others.isEmpty() ? "" : " (with " + Shortened.list(others) + ")");
    }
}
