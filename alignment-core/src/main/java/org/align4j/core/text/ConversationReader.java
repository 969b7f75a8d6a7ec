package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
     * @param tools what stands beside them
     * @param masks what stands in for each control token that is ordinary text; empty where there is none
     * @param added messages put before those of the row: the system message, or none
     * @param notes what is to be told of it
     */
    record Ready(
            List<Message> messages, @Nullable List<?> tools, Map<String, String> masks, int added, Set<String> notes) {

        /** The first turns. */
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
}
