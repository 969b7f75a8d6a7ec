package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.template.TemplateException;
import org.align4j.core.text.ControlTokenSearch.Stretch;
import org.jspecify.annotations.Nullable;

/**
 * Makes conversations ready for a template: a system message where one is wanted, roles that the template knows, parts
 * that it reads, and control tokens in the contents refused, masked or let through. May be used from several threads.
 */
final class ConversationReader {
    private final ControlTokenSearch search;
    private final ControlTokens controlTokens;
    private final @Nullable String system;
    private final Roles roles;
    private final ContentParts parts;
    private final String template;

    /**
     * @param search finds the tokenizer's control tokens
     * @param render writes a conversation, or throws a {@link TemplateException}
     * @param template what errors call the template
     */
    ConversationReader(
            ControlTokenSearch search,
            ConversationStyle style,
            Function<List<Message>, String> render,
            String template) {
        this.search = search;
        this.controlTokens = style.controlTokens();
        this.system = style.system();
        this.roles = new Roles(render);
        this.parts = new ContentParts(render);
        this.template = template;
    }

    /**
     * A conversation as a template is given it.
     *
     * @param messages its turns
     * @param tools what comes with them
     * @param masks what is in for each control token that is ordinary text; empty where there is none
     * @param added messages put before those of the row: the system message, or none
     * @param notes what is to be reported of it
     */
    record Ready(
            List<Message> messages, @Nullable List<?> tools, Map<String, String> masks, int added, Set<String> notes) {

        /** Returns the conversation of the first turns only. */
        Ready first(int count) {
            return new Ready(messages.subList(0, count), tools, masks, added, notes);
        }

        /** Returns this conversation with every control token masked. */
        Ready masked() {
            List<Message> masked = new ArrayList<>();
            for (Message message : messages) {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                message.fields().forEach((field, value) -> fields.put(field, maskedValue(value)));
                masked.add(new Message(message.role(), fields));
            }
            return new Ready(masked, (List<?>) maskedValue(tools), masks, added, notes);
        }

        private @Nullable Object maskedValue(@Nullable Object value) {
            return MessageValues.withTexts(value, text -> {
                String masked = text;
                for (Map.Entry<String, String> mask : masks.entrySet()) {
                    masked = masked.replace(mask.getValue(), mask.getKey());
                }
                return masked;
            });
        }
    }

    /** @throws InputException where a role, a part or a control token is refused, by message and field */
    Ready read(List<Message> messages, @Nullable List<?> tools) {
        List<Message> ready = new ArrayList<>();
        Set<String> found = new LinkedHashSet<>();
        Set<String> notes = new LinkedHashSet<>();
        if (system != null && (messages.isEmpty() || !messages.get(0).instructs())) {
            ready.add(Message.of("system", system));
            look("system", "", system, found);
        }
        for (int i = 0; i < messages.size(); i++) {
            String place = "message " + i + " (" + messages.get(i).role() + ")";
            Message message = parts.read(known(messages.get(i), place, notes), place);
            message.fields().forEach((field, value) -> {
                if (!field.equals("role")) {
                    look(field, " of " + place, value, found);
                }
            });
            ready.add(message);
        }
        look("tools", "", tools, found);
        found.forEach(token -> notes.add("a message holds " + token + ", which is encoded as "
                + (controlTokens == ControlTokens.ESCAPE ? "ordinary text" : "the control token")));
        Map<String, String> masks = controlTokens == ControlTokens.ESCAPE ? masks(found) : Map.of();
        return new Ready(ready, tools, masks, ready.size() - messages.size(), notes);
    }

    private Message known(Message message, String place, Set<String> notes) {
        String role = roles.read(message.role());
        if (role == null) {
            throw roles.unknown(place.replaceFirst(" \\(.*", ""), message.role(), template);
        }
        if (role.equals(message.role())) {
            return message;
        }
        notes.add("the role \"" + message.role() + "\", which the chat template doesn't know, is read as \"" + role
                + "\"");
        return message.with("role", role);
    }

    private void look(String field, String of, @Nullable Object value, Set<String> found) {
        MessageValues.eachText(value, text -> {
            for (Stretch each : search.all(text)) {
                String token = text.substring(each.start(), each.end());
                if (controlTokens == ControlTokens.REFUSE) {
                    throw new InputException("\"" + field + "\"" + of + " holds " + token
                            + ", which the tokenizer reads as a control token; take it out, or give --control-tokens"
                            + " escape (it is ordinary text) or allow (it is the control token).");
                }
                found.add(token);
            }
        });
    }

    /** Longer tokens come first, so that none is masked within another. */
    private static Map<String, String> masks(Set<String> tokens) {
        Map<String, String> masks = new LinkedHashMap<>();
        tokens.stream()
                .sorted((a, b) -> b.length() - a.length())
                .forEach(token -> masks.put("zqxcontrol" + masks.size() + "q", token));
        return masks;
    }

    /**
     * Contents that are lists of parts. Parts of text stay parts where the template reads such, and are joined where it
     * wants one string; parts of thought become the message's reasoning; images and others are refused. May be used from
     * several threads.
     */
    private static final class ContentParts {
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
}
