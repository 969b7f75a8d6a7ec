package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Text;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Reads the prompt of a row with what belongs to it: Anthropic's and Bedrock's {@code system}, Alpaca's {@code input}
 * and {@code history}, {@code tools}. A prompt of plain text beside which a system text, earlier turns or tools stand is
 * a conversation, so that its row is read as messages.
 */
final class PromptParts {
    private static final String ALPACA_PROMPT = "instruction";

    private PromptParts() {}

    /** {@code "prompt"} as text or messages. */
    static Content read(Fields fields) {
        return fields.isMessages("prompt") ? messages(fields, "prompt") : text(fields);
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
        if (!history(fields).isEmpty()) {
            throw fields.error(
                    "history",
                    "stands beside messages; put the earlier turns at the start of " + fields.quoted(name) + ".");
        }
        List<Message> open = withSystem(fields, name, messages);
        return open(
                fields, name, new Conversation(open, BesideMessages.tools(fields), BesideMessages.arguments(fields)));
    }

    /** A prompt that waits for the assistant. */
    static Conversation open(Fields fields, String name, Conversation prompt) {
        List<Message> messages = prompt.messages();
        if (messages.get(messages.size() - 1).assistant()) {
            throw fields.error(
                    name,
                    "has a prompt that ends with an assistant message but it must end with what is to be answered.");
        }
        return prompt;
    }

    /** The messages after the system text that stands beside them. */
    static List<Message> withSystem(Fields fields, String name, List<Message> messages) {
        String system = SystemText.read(fields);
        if (system == null) {
            return messages;
        }
        Message first = messages.get(0);
        if (first.role().equals("system") || first.role().equals("developer")) {
            if (system.equals(SystemText.of(first.fields().get("content")))) {
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
        List<Message> messages = new ArrayList<>(history(fields));
        List<?> tools = BesideMessages.tools(fields);
        String beside = SystemText.column(fields);
        if (beside == null && fields.has("history") && !fields.same("history", "prompt")) {
            beside = "history";
        }
        if (beside == null && tools != null && !tools.isEmpty()) {
            beside = "tools";
        }
        if (beside == null) {
            if (Whitespace.only(text)) {
                new PromptKeys(fields).refuseBeside(List.of(), List.of());
            }
            return new Text(text);
        }
        fields.readAsMessages(beside);
        messages.add(Message.of("user", text));
        return new Conversation(
                withSystem(fields, "history", messages),
                BesideMessages.tools(fields),
                BesideMessages.arguments(fields));
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
                    "stands beside " + fields.quoted("prompt")
                            + "; write --columns input=input to put it after the prompt on a new line, or take it out.");
        }
    }

    private static void refuseInstruction(Fields fields, String prompt) {
        if (adds(fields.peek(ALPACA_PROMPT), prompt)) {
            throw fields.error(
                    ALPACA_PROMPT,
                    "stands beside " + fields.quoted("prompt")
                            + "; write --columns prompt=instruction, which reads both as Alpaca's rows mean them.");
        }
    }

    private static boolean adds(@Nullable Object text, String prompt) {
        return text instanceof String more && !prompt.contains(Whitespace.strip(more));
    }

    /** Alpaca's earlier turns: a list of {@code [question, answer]}; or a list of messages. */
    private static List<Message> history(Fields fields) {
        if (fields.same("history", "prompt")) {
            return List.of();
        }
        Object value = fields.optional("history");
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
}
