package org.align4j.core.text;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.text.ConversationReader.Ready;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a template wrote all that a conversation says: the contents, the names and arguments of calls, and the
 * tools. The turns are looked for one after the other; instructions and tools may be anywhere. What a template may
 * leave out is noted: reasoning, ids, names and further fields.
 */
final class Completeness {
    private static final Pattern THOUGHT =
            Pattern.compile("(?s)<(think|thinking)>.*?(</\\1>|$)|\\[THINK\\].*?(\\[/THINK\\]|$)");
    private static final Pattern THOUGHT_END = Pattern.compile("(?s)^.*?</(think|thinking)>");
    private static final Set<String> SPOKEN_FOR = Set.of(
            "role", "content", "weight", "tool_calls", "function_call", "thinking", "reasoning_content", "reasoning");

    private static final String REASONING =
            "the chat template leaves out reasoning of the assistant, which the model doesn't see";
    private static final String IDS = "the chat template leaves out the ids of tool calls";

    private final List<Message> messages;
    private final @Nullable List<?> tools;
    private final String template;
    private final int added;
    private final Set<String> notes = new LinkedHashSet<>();

    /**
     * @param conversation as the template was given it
     * @param template what errors call the template
     */
    Completeness(Ready conversation, String template) {
        this.messages = conversation.messages();
        this.tools = conversation.tools();
        this.added = conversation.added();
        this.template = template;
    }

    /**
     * Checks that a rendered text holds everything that the conversation says.
     *
     * @param text what the template wrote
     * @return what the template left out though it may, as {@link org.align4j.core.text.TextEncoder} notes it
     * @throws InputException where something else is missing, by message and field
     */
    Set<String> require(String text) {
        Missing missing = look(WrittenText.exact(text));
        if (missing != null || !notes.isEmpty()) {
            notes.clear();
            missing = look(WrittenText.lenient(text));
        }
        if (missing != null) {
            throw new InputException("\"" + missing.field + "\"" + missing.of + " is not in what the chat template ("
                    + template + ") writes (" + shortened(missing.text)
                    + " is missing); take it out, or give a --chat-template that writes it.");
        }
        return notes;
    }

    /**
     * Something that a message says and that isn't found in the text.
     *
     * @param field the message's field, or tools
     * @param of which message, as half a sentence
     * @param text what is not there
     */
    private record Missing(String field, String of, String text) {}

    private static String shortened(String text) {
        String line = text.strip().replace("\n", "\\n");
        return '"' + (line.length() <= 60 ? line : line.substring(0, line.offsetByCodePoints(0, 60)) + " …") + '"';
    }

    private @Nullable Missing look(WrittenText written) {
        for (Object tool : tools == null ? List.of() : tools) {
            for (ExpectedText said : ExpectedText.ofTool(tool)) {
                if (written.after(said, 0) < 0) {
                    return new Missing("tools", "", said.ways().get(0));
                }
            }
        }
        int at = 0;
        for (int i = 0; i < messages.size(); i++) {
            Turn turn = new Turn(messages.get(i), i, written, messages.get(i).instructs() ? 0 : at);
            if (turn.missing != null) {
                return turn.missing;
            }
            at = Math.max(at, messages.get(i).instructs() ? at : turn.end);
        }
        return null;
    }

    /** The search for one message from a place on. */
    private final class Turn {
        private final Message message;
        private final int number;
        private final WrittenText written;
        private final int start;
        private int end;
        private @Nullable Missing missing;

        Turn(Message message, int number, WrittenText written, int start) {
            this.message = message;
            this.number = number;
            this.written = written;
            this.start = start;
            this.end = start;
            content(message.fields().get("content"));
            calls();
            Object thought = message.thought();
            if (thought instanceof String text && !find(ExpectedText.text(text), start)) {
                notes.add(REASONING);
            }
            further();
        }

        private void content(@Nullable Object content) {
            if (content instanceof List<?> parts) {
                parts.forEach(part -> content(part instanceof Map<?, ?> map ? map.get("text") : part));
            } else if (content instanceof String text) {
                text(text);
            } else {
                ExpectedText.leaves(content).forEach(said -> need("content", said, start));
            }
        }

        private void text(String text) {
            if (text.isBlank() || find(ExpectedText.text(text), start)) {
                return;
            }
            String spoken = message.assistant() ? spoken(text) : text;
            if (spoken.equals(text) || (spoken.isBlank() && message.fields().get("tool_calls") == null)) {
                need("content", ExpectedText.text(text), start);
            } else {
                notes.add(REASONING);
                need("content", ExpectedText.text(spoken), start);
            }
        }

        /** What is left without thoughts; the mark that opens a thought may be in the prompt before. */
        private static String spoken(String text) {
            return THOUGHT_END.matcher(THOUGHT.matcher(text).replaceAll("")).replaceFirst("");
        }

        private void calls() {
            int at = start;
            Object given = message.fields().get("tool_calls");
            if (given != null) {
                for (Object call : given instanceof List<?> calls ? calls : List.of(given)) {
                    at = call("tool_calls", call, at);
                    if (call instanceof Map<?, ?> map) {
                        may(map.get("id"), IDS);
                    }
                }
            }
            Object single = message.fields().get("function_call");
            if (single != null) {
                call("function_call", single, at);
            }
        }

        /** Looks for one call from a place on; returns where it ends. */
        private int call(String field, @Nullable Object call, int from) {
            Object inner = call instanceof Map<?, ?> map && map.get("function") instanceof Map<?, ?> function
                    ? function
                    : call;
            if (!(inner instanceof Map<?, ?> function) || !(function.get("name") instanceof String name)) {
                ExpectedText.leaves(call).forEach(said -> need(field, said, from));
                return from;
            }
            int at = need(field, ExpectedText.word(name), from);
            Object arguments = function.get("arguments");
            if (!(arguments instanceof String text) || !find(ExpectedText.text(text), from)) {
                for (ExpectedText said : ExpectedText.arguments(arguments)) {
                    at = Math.max(at, need(field, said, from));
                }
            }
            return at;
        }

        private void further() {
            message.fields().forEach((field, value) -> {
                if (field.equals("tool_call_id") || field.equals("id")) {
                    may(value, IDS);
                } else if (!SPOKEN_FOR.contains(field)) {
                    may(value, "the chat template leaves out the field \"" + field + "\" of messages");
                }
            });
        }

        private void may(@Nullable Object value, String note) {
            if (!ExpectedText.leaves(value).stream().allMatch(said -> written.after(said, start) >= 0)) {
                notes.add(note);
            }
        }

        private boolean find(ExpectedText said, int from) {
            int found = written.after(said, from);
            end = Math.max(end, found);
            return found >= 0;
        }

        private int need(String field, ExpectedText said, int from) {
            int found = written.after(said, from);
            if (found < 0 && missing == null) {
                String of = number < added
                        ? " of the system message"
                        : " of message " + (number - added) + " (" + message.role() + ")";
                missing = new Missing(field, of, said.ways().get(0));
            }
            end = Math.max(end, found);
            return Math.max(from, found);
        }
    }
}
