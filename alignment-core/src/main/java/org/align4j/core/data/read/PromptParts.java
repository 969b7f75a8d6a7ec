package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.files.Json;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Reads the prompt of a row with what belongs to it: Anthropic's and Bedrock's {@code system}, Alpaca's {@code input}
 * and {@code history}, {@code tools}. A prompt of plain text with a system text, earlier turns or tools is
 * a conversation, so that its row is read as messages.
 */
final class PromptParts {
    /** The key that has a row's variables of the template, as trl calls it. */
    static final String ARGUMENTS = "chat_template_kwargs";

    private static final String ALPACA_PROMPT = "instruction";
    private static final List<String> SYSTEM = List.of("system", "system_prompt");

    /** The variables that a conversation itself sets. */
    private static final List<String> TAKEN = List.of("messages", "tools", "add_generation_prompt");

    private PromptParts() {}

    /** {@code "prompt"} as text or messages. */
    static Content read(Fields fields) {
        return RowMessages.are(fields.value("prompt")) ? messages(fields, "prompt") : text(fields);
    }

    /** An answer of text in the form of its prompt. */
    static Content answer(Content prompt, String answer) {
        return prompt instanceof Text
                ? new Text(answer)
                : new Conversation(List.of(Message.of("assistant", answer)), null);
    }

    /** A prompt of messages under any name. */
    static Conversation messages(Fields fields, String name) {
        return messages(fields, name, RowMessages.read(fields, name));
    }

    /** @param name the field that the messages are from */
    static Conversation messages(Fields fields, String name, List<Message> messages) {
        if (!history(fields, fields.beside("history", "prompt")).isEmpty()) {
            throw fields.error(
                    "history",
                    "is given beside messages; put the earlier turns at the start of " + fields.quoted(name) + ".");
        }
        List<Message> open = withSystem(fields, name, messages);
        Conversation prompt = conversation(fields, open);
        requireOpen(fields, name, open);
        return prompt;
    }

    /** Refuses a prompt that doesn't wait for the assistant. */
    static void requireOpen(Fields fields, String name, List<Message> prompt) {
        if (prompt.get(prompt.size() - 1).assistant()) {
            throw fields.error(
                    name,
                    "has a prompt that ends with an assistant message but it must end with what is to be answered.");
        }
    }

    /** Makes a conversation with the tools and the variables of the template that are beside it. */
    static Conversation conversation(Fields fields, List<Message> messages) {
        return conversation(fields, fields, messages);
    }

    /** @param around the fields of the whole row, where {@code fields} are those of an object in it */
    static Conversation conversation(Fields fields, Fields around, List<Message> messages) {
        return new Conversation(
                messages, tools(fields, fields.optional("tools")), arguments(around, around.optional(ARGUMENTS)));
    }

    /** The messages after the system text that comes with them. */
    static List<Message> withSystem(Fields fields, String name, List<Message> messages) {
        String system = system(fields);
        if (system == null) {
            return messages;
        }
        Message first = messages.get(0);
        if (first.role().equals("system") || first.role().equals("developer")) {
            if (system.equals(textOf(first.fields().get("content")))) {
                return messages;
            }
            throw fields.error(
                    "system",
                    "and the first message of " + fields.quoted(name)
                            + " are two different system texts; keep one of them.");
        }
        List<Message> all = new ArrayList<>(List.of(Message.of("system", system)));
        all.addAll(messages);
        return List.copyOf(all);
    }

    private static Content text(Fields fields) {
        String text = withInput(fields, fields.text("prompt"));
        List<Message> messages = new ArrayList<>(history(fields, fields.beside("history", "prompt")));
        List<?> tools = tools(fields, fields.optional("tools"));
        String beside = SYSTEM.stream()
                .filter(name -> fields.has(name) && !fields.same(name, "prompt"))
                .findFirst()
                .orElse(null);
        if (beside == null && fields.has("history") && !fields.same("history", "prompt")) {
            beside = "history";
        }
        if (beside == null && tools != null && !tools.isEmpty()) {
            beside = "tools";
        }
        if (beside == null) {
            if (Whitespace.only(text)) {
                UnreadKeys.refuseBeside(fields, List.of(), List.of());
            }
            return new Text(text);
        }
        fields.readAsMessages(beside);
        messages.add(Message.of("user", text));
        return conversation(fields, withSystem(fields, "history", messages));
    }

    /** Alpaca's instruction and input are one text of two lines; other keys' are so where the columns say so. */
    private static String withInput(Fields fields, String prompt) {
        boolean alpaca = fields.nameInFile("prompt").equals(ALPACA_PROMPT);
        if (fields.same("input", "prompt")) {
            refuseInstruction(fields, prompt);
            return prompt;
        }
        if (!alpaca && !fields.renamed("input")) {
            refuseInput(fields, prompt);
            return prompt;
        }
        Object input = fields.optional("input");
        if (input == null || (input instanceof String text && Whitespace.only(text))) {
            return prompt;
        }
        if (!(input instanceof String text)) {
            throw fields.error(
                    "input", "is " + Fields.kind(input) + " but must be text that goes on after the prompt.");
        }
        return Whitespace.only(prompt) ? text : prompt + "\n" + text;
    }

    private static void refuseInput(Fields fields, String prompt) {
        if (fields.renamed("prompt") && adds(fields.peek("input"), prompt)) {
            throw fields.error(
                    "input",
                    "is given beside " + fields.quoted("prompt")
                            + "; write --columns input=input to put it after the prompt on a new line, or take it out.");
        }
    }

    private static void refuseInstruction(Fields fields, String prompt) {
        if (adds(fields.peek(ALPACA_PROMPT), prompt)) {
            throw fields.error(
                    ALPACA_PROMPT,
                    "is given beside " + fields.quoted("prompt")
                            + "; write --columns prompt=instruction, which reads both as Alpaca's rows mean them.");
        }
    }

    private static boolean adds(@Nullable Object text, String prompt) {
        return text instanceof String more && !prompt.contains(Whitespace.strip(more));
    }

    /** Alpaca's earlier turns: a list of {@code [question, answer]}; or a list of messages. */
    private static List<Message> history(Fields fields, @Nullable Object value) {
        if (value == null || (value instanceof String text && Whitespace.only(text))) {
            return List.of();
        }
        List<Message> turns = new ArrayList<>();
        for (Object turn : value instanceof List<?> list ? list : Collections.singletonList(value)) {
            if (turn instanceof Map<?, ?>) {
                turns.add(RowMessages.one(fields, "history", turns.size(), turn));
            } else {
                turns.addAll(exchange(fields, turn));
            }
        }
        return List.copyOf(turns);
    }

    private static List<Message> exchange(Fields fields, @Nullable Object turn) {
        if (turn instanceof List<?> pair
                && pair.size() == 2
                && pair.get(0) instanceof String question
                && pair.get(1) instanceof String answer) {
            return List.of(Message.of("user", question), Message.of("assistant", answer));
        }
        throw fields.error(
                "history",
                "has " + Fields.kind(turn)
                        + " where earlier turns must be [question, answer] lists of two texts, or messages.");
    }

    /** Reads the system text beside a prompt or messages, as Anthropic's, Bedrock's and others' rows have it; null where none says anything. */
    static @Nullable String system(Fields fields) {
        String text = system(fields, "system", fields.beside("system", "prompt"));
        String second = system(fields, "system_prompt", fields.beside("system_prompt", "prompt"));
        if (text != null && second != null && !second.equals(text)) {
            throw fields.error("system_prompt", "says something else than " + fields.quoted("system") + "; keep one.");
        }
        return text == null ? second : text;
    }

    private static @Nullable String system(Fields fields, String name, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        String text = textOf(value);
        if (text == null) {
            throw fields.error(
                    name,
                    "is " + Fields.kind(value) + " but must be text, or a list of {\"type\": \"text\", \"text\": …}.");
        }
        return Whitespace.only(text) ? null : text;
    }

    /** Text, or the texts of text blocks on lines of their own, as Anthropic joins them; null for anything else. */
    private static @Nullable String textOf(@Nullable Object value) {
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

    /** Reads a list of tools, or one as JSON text; null where there is none. */
    static @Nullable List<?> tools(Fields fields, @Nullable Object value) {
        Object tools = parsed(fields, "tools", value, "a list");
        if (tools == null || tools instanceof List<?>) {
            return (List<?>) tools;
        }
        throw fields.error("tools", "is " + Fields.kind(tools) + " but must be a list.");
    }

    /** Reads variables of the template, an object or one as JSON text; empty where there are none. */
    static Map<String, @Nullable Object> arguments(Fields fields, @Nullable Object value) {
        Object object = parsed(fields, ARGUMENTS, value, "an object");
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

    private static @Nullable Object parsed(Fields fields, String name, @Nullable Object value, String form) {
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
