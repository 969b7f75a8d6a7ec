package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which message, and which of its fields, a template fails at: the first message without which it does not
 * fail so, and the field without which, or with a plain text in its place, it does not.
 */
final class TemplateFault {
    private static final String STAND_IN = "x";

    private final String template;
    private final int added;
    private final Attempt attempt;

    /** Writes a conversation, or throws a {@link TemplateException}. */
    interface Attempt {
        void write(List<Message> messages, @Nullable List<?> tools);
    }

    /**
     * @param template what errors call the template
     * @param added messages that were put before those of the row
     */
    TemplateFault(String template, int added, Attempt attempt) {
        this.template = template;
        this.added = added;
        this.attempt = attempt;
    }

    /** The error, in plain words. */
    InputException explain(List<Message> messages, @Nullable List<?> tools, TemplateException error) {
        int count = 1;
        while (count < messages.size() && !fails(messages.subList(0, count), tools, error)) {
            count++;
        }
        boolean own = error.kind().equals("TemplateError");
        if (messages.isEmpty() || !fails(messages.subList(0, count), tools, error)) {
            return sentence(own ? "the chat template refuses the conversation: " : general(""), error);
        }
        List<Message> guilty = messages.subList(0, count);
        Message last = guilty.get(count - 1);
        String place =
                count - 1 < added ? "the system message" : "message " + (count - 1 - added) + " (" + last.role() + ")";
        if (own) {
            return sentence("the chat template refuses the conversation at " + place + ": ", error);
        }
        if (tools != null && !fails(guilty, null, error)) {
            return sentence("\"tools\" can't be written by the chat template (" + template + "): ", error);
        }
        String field = field(guilty.subList(0, count - 1), last, tools, error);
        if (field.isEmpty()) {
            return sentence(general(place), error);
        }
        String start = field + " of " + place + state(last, field);
        return field.equals("\"content\"")
                ? new InputException(
                        start + line(error) + "; it must be text there, or give another --chat-template.", error)
                : sentence(start + ": ", error);
    }

    private String general(String place) {
        return "the chat template (" + template + ") can't write " + (place.isEmpty() ? "the conversation" : place)
                + ": ";
    }

    private String state(Message message, String field) {
        Object value = message.fields().get(field.substring(1, field.length() - 1));
        boolean there = message.fields().containsKey(field.substring(1, field.length() - 1));
        return " is " + (there ? MessageValues.kind(value) : "missing") + ", which the chat template (" + template
                + ") can't write";
    }

    private boolean fails(List<Message> messages, @Nullable List<?> tools, TemplateException error) {
        try {
            attempt.write(messages, tools);
            return false;
        } catch (TemplateException e) {
            return e.kind().equals(error.kind()) && e.reason().equals(error.reason());
        }
    }

    /** The field in quotes; empty where no single one is to blame. */
    private String field(List<Message> before, Message message, @Nullable List<?> tools, TemplateException error) {
        Map<String, Message> changes = new LinkedHashMap<>();
        if (!(message.fields().get("content") instanceof String)) {
            changes.put("content", message.with("content", STAND_IN));
        }
        for (String field : message.fields().keySet()) {
            if (!field.equals("role") && !field.equals("content")) {
                changes.put(field, message.without(field));
            }
        }
        for (Map.Entry<String, Message> change : changes.entrySet()) {
            List<Message> changed = new ArrayList<>(before);
            changed.add(change.getValue());
            if (!fails(changed, tools, error)) {
                return '"' + change.getKey() + '"';
            }
        }
        return "";
    }

    private static String line(TemplateException error) {
        return error.line() > 0 ? " (line " + error.line() + " of the template)" : "";
    }

    private static InputException sentence(String start, TemplateException error) {
        String what = switch (error.kind()) {
            case "TemplateError", "LimitError" -> error.reason();
            case "UndefinedError" -> "it asks for something that is not there, " + error.reason();
            case "TypeError" -> "it needs a value of another kind, " + error.reason();
            case "SecurityError" -> "it does what templates may not, " + error.reason();
            default -> error.reason();
        };
        String whole = start + what + (error.kind().equals("TemplateError") ? "" : line(error));
        return new InputException(whole.endsWith(".") ? whole : whole + ".", error);
    }
}
