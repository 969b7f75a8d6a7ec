package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Conversation;
import org.align4j.core.data.row.Row.Kind;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Writes a row in another layout.
 *
 * @param row the row, transcripts as messages
 */
record RowWriting(Row row) {
    /** Returns why a layout can't hold what a row says, as a sentence about the row goes on; null where it can. */
    static @Nullable String unfit(Row row, TargetLayout target) {
        boolean pair = row.isPair() || row.kind() == Kind.TIE;
        boolean tokens = row.prompt() instanceof Row.Tokens;
        boolean unasked =
                row.prompt() instanceof Row.Text prompt && prompt.text().isBlank();
        return switch (target) {
            case PAIRS, OPENAI -> {
                if (!pair) {
                    yield "has no second answer, which a preference needs";
                }
                yield target == TargetLayout.PAIRS ? null : unspoken(tokens, unasked);
            }
            case TRL -> null;
            case KTO -> {
                if (pair || row.label() != null) {
                    yield null;
                }
                yield row.kind() == Kind.ANSWER
                        ? "does not say whether its answer is desirable (label)"
                        : "has no answer that is said to be desirable or not";
            }
            case MESSAGES -> {
                if (pair || row.kind() == Kind.ANSWER) {
                    boolean bad = !tokens && Boolean.FALSE.equals(row.label());
                    yield bad ? "has an answer that is not desirable (label false)" : unspoken(tokens, unasked);
                }
                boolean dialogue = row.kind() == Kind.TEXT && row.chosen() instanceof Conversation;
                yield dialogue ? null : tokens ? unspoken(true, false) : "has no turns of user and assistant";
            }
        };
    }

    private static @Nullable String unspoken(boolean tokens, boolean unasked) {
        return tokens
                ? "is token ids, of which no messages can be made"
                : unasked ? "has no prompt that could be a message" : null;
    }

    /** Returns the rows of a layout that hold what a row says, where nothing speaks against it. */
    static List<Map<String, @Nullable Object>> write(Row row, TargetLayout target) {
        RowWriting writing = new RowWriting(row.spoken());
        return switch (target) {
            case PAIRS, TRL -> List.of(writing.trl());
            case OPENAI -> List.of(writing.openAi());
            case KTO -> writing.judged();
            case MESSAGES -> List.of(writing.dialogue());
        };
    }

    /** Returns whether text becomes messages on the way to a layout. */
    static boolean becomesMessages(Row row, TargetLayout target) {
        return given(row) instanceof Row.Text && (target == TargetLayout.OPENAI || target == TargetLayout.MESSAGES);
    }

    /** Returns what the row begins with: its prompt, or a text to learn from. */
    private static Content given(Row row) {
        return row.kind() == Kind.TEXT ? row.chosen() : row.prompt();
    }

    private Map<String, @Nullable Object> openAi() {
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("messages", fields(row.prompt().spokenBy("user")));
        putTools(input);
        Map<String, @Nullable Object> made = new LinkedHashMap<>();
        made.put("input", input);
        made.put("preferred_output", fields(row.chosen().spokenBy("assistant")));
        made.put("non_preferred_output", fields(row.rejected().spokenBy("assistant")));
        put(made, "margin", row.grades().margin());
        return made;
    }

    private Map<String, @Nullable Object> trl() {
        Map<String, @Nullable Object> made = prompted();
        switch (row.kind()) {
            case PAIR, TIE, APART -> {
                made.put(name("chosen"), row.chosen().json());
                made.put(name("rejected"), row.rejected().json());
                put(made, "margin", row.grades().margin());
            }
            case ANSWER -> {
                made.put(name("completion"), row.chosen().json());
                put(made, "label", row.label());
            }
            case STEPS -> {
                made.put(
                        name("completions"),
                        row.answers().stream().map(Content::json).toList());
                put(
                        made,
                        "labels",
                        row.grades().labels().isEmpty() ? null : row.grades().labels());
            }
            case TEXT -> {
                if (row.chosen() instanceof Conversation) {
                    return dialogue();
                }
                made.put("text", row.chosen().json());
            }
            case PROMPT -> {}
        }
        return made;
    }

    private List<Map<String, @Nullable Object>> judged() {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Row half : row.kind() == Kind.ANSWER ? List.of(row) : row.halves()) {
            Map<String, @Nullable Object> made = prompted();
            made.put(name("completion"), half.chosen().json());
            made.put("label", half.label());
            rows.add(made);
        }
        return rows;
    }

    private Map<String, @Nullable Object> dialogue() {
        List<Object> messages = new ArrayList<>();
        if (row.kind() != Kind.TEXT) {
            messages.addAll(fields(row.prompt().spokenBy("user")));
        }
        messages.addAll(fields(row.chosen().spokenBy("assistant")));
        Map<String, @Nullable Object> made = new LinkedHashMap<>();
        made.put("messages", messages);
        putTools(made);
        return made;
    }

    private Map<String, @Nullable Object> prompted() {
        Map<String, @Nullable Object> made = new LinkedHashMap<>();
        if (row.kind() != Kind.TEXT) {
            made.put(name("prompt"), row.prompt().json());
        }
        putTools(made);
        return made;
    }

    private String name(String plain) {
        return row.prompt() instanceof Row.Tokens ? plain + "_ids" : plain;
    }

    private void putTools(Map<String, @Nullable Object> made) {
        put(made, "tools", given(row) instanceof Conversation conversation ? conversation.tools() : null);
    }

    private static void put(Map<String, @Nullable Object> made, String name, @Nullable Object value) {
        if (value != null) {
            made.put(name, value);
        }
    }

    private static List<?> fields(List<Message> messages) {
        return messages.stream().map(Message::fields).toList();
    }
}
