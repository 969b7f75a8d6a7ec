package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.RowContent.Form;
import org.align4j.core.data.convert.RowContent.Kind;
import org.jspecify.annotations.Nullable;

/** Writes the parts of a row in another layout. */
final class RowWriting {
    private final RowContent parts;

    private RowWriting(RowContent parts) {
        this.parts = parts;
    }

    /**
     * A row that the layout can't hold; the message is the reason.
     */
    static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unfit(String reason) {
            super(reason, null, false, false);
        }
    }

    /**
     * Returns the rows of a layout that hold what a row says.
     *
     * @throws Unfit where the layout can't hold it
     */
    static List<Map<String, @Nullable Object>> write(RowContent parts, TargetLayout target) {
        RowWriting writing = new RowWriting(parts);
        return switch (target) {
            case PAIRS -> List.of(writing.pair());
            case OPENAI -> List.of(writing.openAi());
            case TRL -> List.of(writing.trl());
            case KTO -> writing.judged();
            case MESSAGES -> List.of(writing.dialogue());
        };
    }

    /** Tells whether text becomes messages on the way to a layout. */
    static boolean speaks(RowContent parts, TargetLayout target) {
        return parts.form() == Form.TEXT && (target == TargetLayout.OPENAI || target == TargetLayout.MESSAGES);
    }

    private void requirePair() {
        if (parts.kind() != Kind.PAIR) {
            throw new Unfit("has no second answer, which a preference needs");
        }
    }

    private void requireText() {
        if (parts.form() == Form.TOKENS) {
            throw new Unfit("is token ids, of which no messages can be made");
        }
    }

    private Map<String, @Nullable Object> pair() {
        requirePair();
        Map<String, @Nullable Object> row = prompted();
        row.put(name("chosen"), parts.answers().get(0));
        row.put(name("rejected"), parts.answers().get(1));
        putMargin(row);
        return row;
    }

    private Map<String, @Nullable Object> openAi() {
        requirePair();
        requireText();
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("messages", promptMessages());
        if (parts.tools() != null) {
            input.put("tools", parts.tools());
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("input", input);
        row.put("preferred_output", answerMessages(0));
        row.put("non_preferred_output", answerMessages(1));
        putMargin(row);
        return row;
    }

    private Map<String, @Nullable Object> trl() {
        Map<String, @Nullable Object> row = prompted();
        switch (parts.kind()) {
            case PAIR -> {
                return pair();
            }
            case ANSWER -> {
                row.put(name("completion"), parts.answers().get(0));
                putLabel(row, "label");
            }
            case STEPS -> {
                row.put(name("completions"), parts.answers());
                putLabel(row, "labels");
            }
            case DIALOGUE -> {
                return dialogue();
            }
            case TEXT -> row.put("text", parts.answers().get(0));
            case PROMPT -> {}
        }
        return row;
    }

    private List<Map<String, @Nullable Object>> judged() {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        if (parts.kind() == Kind.PAIR) {
            rows.add(judged(0, true));
            rows.add(judged(1, false));
        } else if (parts.kind() == Kind.ANSWER && parts.label() instanceof Boolean label) {
            rows.add(judged(0, label));
        } else {
            throw new Unfit(
                    parts.kind() == Kind.ANSWER
                            ? "does not say whether its answer is desirable (label)"
                            : "has no answer that is said to be desirable or not");
        }
        return rows;
    }

    private Map<String, @Nullable Object> judged(int answer, boolean label) {
        Map<String, @Nullable Object> row = prompted();
        row.put(name("completion"), parts.answers().get(answer));
        row.put("label", label);
        return row;
    }

    private Map<String, @Nullable Object> dialogue() {
        requireText();
        List<Object> messages = new ArrayList<>();
        switch (parts.kind()) {
            case DIALOGUE -> messages.addAll(parts.answers());
            case PAIR, ANSWER -> {
                if (Boolean.FALSE.equals(parts.label())) {
                    throw new Unfit("has an answer that is not desirable (label false)");
                }
                messages.addAll(promptMessages());
                messages.addAll(answerMessages(0));
            }
            case STEPS, PROMPT, TEXT -> throw new Unfit("has no turns of user and assistant");
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("messages", messages);
        if (parts.tools() != null) {
            row.put("tools", parts.tools());
        }
        return row;
    }

    private Map<String, @Nullable Object> prompted() {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        if (parts.prompt() != null) {
            row.put(name("prompt"), parts.prompt());
        }
        if (parts.tools() != null) {
            row.put("tools", parts.tools());
        }
        return row;
    }

    private String name(String plain) {
        return parts.form() == Form.TOKENS ? plain + "_ids" : plain;
    }

    private void putMargin(Map<String, @Nullable Object> row) {
        if (parts.margin() != null) {
            row.put("margin", parts.margin());
        }
    }

    private void putLabel(Map<String, @Nullable Object> row, String name) {
        if (parts.label() != null) {
            row.put(name, parts.label());
        }
    }

    private List<?> promptMessages() {
        if (parts.prompt() instanceof List<?> messages) {
            return messages;
        }
        if (!(parts.prompt() instanceof String text) || text.isBlank()) {
            throw new Unfit("has no prompt that could be a message");
        }
        return List.of(message("user", text));
    }

    private List<?> answerMessages(int answer) {
        Object value = parts.answers().get(answer);
        return value instanceof List<?> messages ? messages : List.of(message("assistant", String.valueOf(value)));
    }

    private static Map<String, Object> message(String role, String content) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }
}
