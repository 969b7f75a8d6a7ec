package org.align4j.core.doctor.log;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * What a row says, whatever layout it has: a prompt of one user turn is its text; other prompts have each turn after the name
 * of its role.
 */
record Content(
        LogRow.Kind kind,
        boolean written,
        Texts texts,
        @Nullable Boolean label) {
    static Content of(Row row) {
        boolean written = !(row.prompt() instanceof Row.Tokens);
        LogRow.Kind kind = switch (row.kind()) {
            case PAIR, APART -> LogRow.Kind.PAIR;
            case TIE -> LogRow.Kind.TIE;
            case ANSWER, STEPS -> LogRow.Kind.ANSWER;
            case PROMPT -> LogRow.Kind.PROMPT;
            case TEXT -> LogRow.Kind.TEXT;
        };
        List<String> answers = row.answers().stream()
                .map(answer -> row.kind() == Row.Kind.TEXT ? text(answer) : answer(answer))
                .map(answer -> row.prompt() instanceof Transcript ? answer.strip() : answer)
                .toList();
        boolean two = row.isPair() || kind == LogRow.Kind.TIE;
        String chosen = two ? answers.get(0) : String.join(written ? "\n" : " ", answers);
        return new Content(
                kind, written, new Texts(text(row.prompt()), chosen, two ? answers.get(1) : ""), row.label());
    }

    private static String text(Row.Content content) {
        if (content instanceof Row.Text text) {
            return text.text();
        }
        return content instanceof Row.Tokens tokens ? ids(tokens.ids()) : turns(content.spokenBy("user"));
    }

    /** An answer of one message is its text; of several, each follows its role. */
    private static String answer(Row.Content content) {
        List<Message> messages = content.spokenBy("assistant");
        return messages.size() == 1 ? text(messages.get(0)) : text(content);
    }

    private static String ids(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    private static String turns(List<Message> messages) {
        if (messages.size() == 1 && messages.get(0).role().equals("user")) {
            return text(messages.get(0));
        }
        return messages.stream()
                .map(message -> message.role() + ": " + text(message))
                .collect(Collectors.joining("\n\n"));
    }

    private static String text(Message message) {
        String content = message.content();
        if (content != null) {
            return content;
        }
        StringBuilder out = new StringBuilder();
        message.fields().forEach((name, value) -> {
            if (!name.equals("role") && value != null) {
                append(value, out);
            }
        });
        return out.toString().strip();
    }

    private static void append(@Nullable Object value, StringBuilder out) {
        if (value instanceof List<?> list) {
            list.forEach(item -> append(item, out));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> {
                if (!"type".equals(key)) {
                    append(item, out);
                }
            });
        } else if (value != null) {
            out.append(value).append('\n');
        }
    }
}
