package org.align4j.core.compare.answers;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Origin;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Reads a prompt and its answer off an object of any origin: {@code align generate}'s lines, AlpacaEval's outputs, and whatever else
 * has a prompt (prompt, messages, instruction, question) and an answer (completion, output, response, answer).
 */
final class AnswerForms {
    private static final List<String> ANSWERS = List.of("completion", "output", "response", "answer", "generation");
    private static final List<String> SPOKEN = List.of("instruction", "question");
    private static final List<String> TAGS = List.of("tag", "category", "dataset", "subset");

    private AnswerForms() {}

    /**
     * Reads one object.
     *
     * @throws org.align4j.core.error.InputException naming the line, where it has no answer
     */
    static GivenAnswer read(Origin origin, Map<String, @Nullable Object> fields) {
        Integer row = fields.get("row") instanceof Number number ? (Integer) number.intValue() : null;
        Integer sample = fields.get("sample") instanceof Number number ? (Integer) number.intValue() : null;
        String text = null;
        for (String key : ANSWERS) {
            text = text == null ? answer(fields.get(key)) : text;
        }
        if (text == null) {
            throw origin.error(
                    format("no answer is here; one of %s must be a text or a message.", String.join(", ", ANSWERS)));
        }
        Boolean finished = fields.get("finished") instanceof Boolean told ? told : null;
        return new GivenAnswer(prompt(row == null ? origin.row() : row, fields), row, sample, text, finished);
    }

    /** Reads what a row calls its kind; null where it says nothing. */
    static @Nullable String tag(Map<String, @Nullable Object> fields) {
        for (String key : TAGS) {
            Object value = fields.get(key);
            if (value instanceof String || value instanceof Number) {
                return String.valueOf(value);
            }
        }
        return null;
    }

    private static @Nullable String answer(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof List<?> list && !list.isEmpty()) {
            return answer(list.get(list.size() - 1));
        }
        return value instanceof Map<?, ?> message && message.get("content") instanceof String said ? said : null;
    }

    /** Reads the prompt; null where its tokens alone are there. */
    static @Nullable AskedPrompt prompt(int row, Map<String, @Nullable Object> fields) {
        String tag = tag(fields);
        for (String key : List.of("prompt", "messages")) {
            if (fields.get(key) instanceof List<?> messages) {
                return AskedPrompt.ofMessages(row, messages(messages), tag);
            }
        }
        if (fields.get("prompt") instanceof String text) {
            return AskedPrompt.ofText(row, text, tag);
        }
        for (String key : SPOKEN) {
            if (fields.get(key) instanceof String said) {
                Object input = fields.get("input");
                return AskedPrompt.ofUser(
                        row, input instanceof String more && !more.isBlank() ? said + "\n\n" + more : said, tag);
            }
        }
        return null;
    }

    private static List<Message> messages(List<?> given) {
        List<Message> messages = new ArrayList<>();
        for (Object each : given) {
            if (each instanceof Map<?, ?> fields) {
                Map<String, Object> named = new java.util.LinkedHashMap<>();
                fields.forEach((key, value) -> named.put(String.valueOf(key), value));
                messages.add(Message.of(named));
            }
        }
        return messages;
    }
}
