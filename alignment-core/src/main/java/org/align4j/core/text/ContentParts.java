package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Contents that are lists of parts. Parts of text stay parts where the template reads such, and are joined where it
 * wants one string; parts of thought become the message's reasoning; images and others are refused. May be used from
 * several threads.
 */
final class ContentParts {
    private static final Set<String> TEXTS = Set.of("text", "input_text", "output_text");
    private static final Set<String> THOUGHTS = Set.of("thinking", "reasoning");
    private static final String FIRST = "zqxfirst";
    private static final String SECOND = "zqxsecond";

    private final Function<List<Message>, String> render;
    private final Map<String, Boolean> readsParts = new ConcurrentHashMap<>();

    /** @param render writes a conversation, or throws a {@link TemplateException} */
    ContentParts(Function<List<Message>, String> render) {
        this.render = render;
    }

    /**
     * A message as the template reads it.
     *
     * @param place what errors call the message
     */
    Message read(Message message, String place) {
        if (!(message.fields().get("content") instanceof List<?> parts)) {
            return message;
        }
        StringBuilder text = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        boolean plain = true;
        for (Object part : parts) {
            String type = type(part);
            Object said = said(part, type);
            if (said instanceof String words && TEXTS.contains(type)) {
                text.append(words);
            } else if (said instanceof String words && THOUGHTS.contains(type)) {
                thought.append(words);
            } else {
                throw new InputException("\"content\" of " + place + " has a part "
                        + (type.isEmpty() ? "that is " + MessageValues.kind(part) : "of type \"" + type + "\"")
                        + (TEXTS.contains(type) || THOUGHTS.contains(type) ? " without text" : "")
                        + ", but only parts of text are read; take the part or the row out.");
            }
            plain &= type.equals("text") && part instanceof Map;
        }
        if (plain && !parts.isEmpty() && readsParts.computeIfAbsent(message.role(), this::readsParts)) {
            return message;
        }
        Message joined = message.with("content", text.toString());
        return thought.isEmpty() || message.thought() != null
                ? joined
                : joined.with("reasoning_content", thought.toString());
    }

    private static String type(@Nullable Object part) {
        if (part instanceof String) {
            return "text";
        }
        if (!(part instanceof Map<?, ?> map)) {
            return "";
        }
        Object type = map.get("type");
        return type == null ? (map.get("text") instanceof String ? "text" : "") : String.valueOf(type);
    }

    private static @Nullable Object said(@Nullable Object part, String type) {
        if (!(part instanceof Map<?, ?> map)) {
            return part;
        }
        Object own = map.get(type);
        return own == null ? map.get("text") : own;
    }

    /**
     * Whether the template writes two parts of text one after the other, and not the list as Python shows it; or fails at
     * a text, so that parts are all it may read.
     */
    private boolean readsParts(String role) {
        String parts = written(role, List.of(part(FIRST), part(SECOND)));
        int first = parts.indexOf(FIRST);
        int second = parts.indexOf(SECOND, first + 1);
        if (first < 0 || second < first) {
            return !written(role, FIRST).contains(FIRST);
        }
        String between = parts.substring(first, second);
        return !between.contains("'text'") && !between.contains("\"text\"");
    }

    /** What the template writes for a content; nothing where it fails. */
    private String written(String role, Object content) {
        List<Message> messages = new ArrayList<>();
        if (!role.equals("user") && !role.equals("system")) {
            messages.add(Message.of("user", "q"));
        }
        messages.add(Message.of(role, "").with("content", content));
        if (role.equals("system")) {
            messages.add(Message.of("user", "q"));
        }
        try {
            return render.apply(messages);
        } catch (TemplateException e) {
            return "";
        }
    }

    private static Map<String, Object> part(String text) {
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("type", "text");
        part.put("text", text);
        return part;
    }
}
