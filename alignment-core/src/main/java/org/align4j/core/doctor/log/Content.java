package org.align4j.core.doctor.log;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.data.row.Row;
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
        if (row instanceof Row.Tie tie) {
            Content pair = of(tie.pair());
            return new Content(LogRow.Kind.TIE, pair.written, pair.texts, null);
        }
        if (row instanceof Row.Pair pair) {
            return ofPair(pair);
        }
        if (row instanceof Row.Completion completion) {
            return ofCompletion(completion);
        }
        if (row instanceof Row.Steps steps) {
            return ofSteps(steps);
        }
        if (row instanceof Row.Prompt prompt) {
            return ofPrompt(prompt);
        }
        if (row instanceof Row.Dialogue dialogue) {
            return written(LogRow.Kind.TEXT, "", turns(dialogue.conversation().messages()), "", null);
        }
        return written(LogRow.Kind.TEXT, "", ((Row.PlainText) row).text(), "", null);
    }

    private static Content ofPair(Row.Pair pair) {
        if (pair instanceof Row.TextPair text) {
            return written(LogRow.Kind.PAIR, text.prompt(), text.chosen(), text.rejected(), null);
        }
        if (pair instanceof Row.MessagePair messages) {
            return written(
                    LogRow.Kind.PAIR,
                    turns(messages.prompt().messages()),
                    answer(messages.chosen()),
                    answer(messages.rejected()),
                    null);
        }
        if (pair instanceof Row.TranscriptPair transcripts) {
            return written(
                    LogRow.Kind.PAIR,
                    turns(transcripts.chosen().promptMessages()),
                    transcripts.chosen().answer().strip(),
                    transcripts.rejected().answer().strip(),
                    null);
        }
        Row.TokenPair tokens = (Row.TokenPair) pair;
        return tokens(LogRow.Kind.PAIR, ids(tokens.prompt()), ids(tokens.chosen()), ids(tokens.rejected()), null);
    }

    private static Content ofCompletion(Row.Completion completion) {
        if (completion instanceof Row.TextCompletion text) {
            return written(LogRow.Kind.ANSWER, text.prompt(), text.completion(), "", text.label());
        }
        if (completion instanceof Row.MessageCompletion messages) {
            return written(
                    LogRow.Kind.ANSWER,
                    turns(messages.prompt().messages()),
                    answer(messages.completion()),
                    "",
                    messages.label());
        }
        Row.TokenCompletion tokens = (Row.TokenCompletion) completion;
        return tokens(LogRow.Kind.ANSWER, ids(tokens.prompt()), ids(tokens.completion()), "", tokens.label());
    }

    private static Content ofSteps(Row.Steps steps) {
        if (steps instanceof Row.TextSteps text) {
            return written(LogRow.Kind.ANSWER, text.prompt(), String.join("\n", text.steps()), "", null);
        }
        if (steps instanceof Row.MessageSteps messages) {
            return written(
                    LogRow.Kind.ANSWER,
                    turns(messages.prompt().messages()),
                    String.join("\n", messages.steps()),
                    "",
                    null);
        }
        Row.TokenSteps tokens = (Row.TokenSteps) steps;
        String answer = Arrays.stream(tokens.steps()).map(Content::ids).collect(Collectors.joining(" "));
        return tokens(LogRow.Kind.ANSWER, ids(tokens.prompt()), answer, "", null);
    }

    private static Content ofPrompt(Row.Prompt prompt) {
        if (prompt instanceof Row.TextPrompt text) {
            return written(LogRow.Kind.PROMPT, text.prompt(), "", "", null);
        }
        if (prompt instanceof Row.MessagePrompt messages) {
            return written(LogRow.Kind.PROMPT, turns(messages.prompt().messages()), "", "", null);
        }
        if (prompt instanceof Row.TranscriptPrompt transcript) {
            return written(LogRow.Kind.PROMPT, turns(transcript.transcript().promptMessages()), "", "", null);
        }
        return tokens(LogRow.Kind.PROMPT, ids(((Row.TokenPrompt) prompt).prompt()), "", "", null);
    }

    private static Content written(
            LogRow.Kind kind, String prompt, String chosen, String rejected, @Nullable Boolean label) {
        return new Content(kind, true, new Texts(prompt, chosen, rejected), label);
    }

    private static Content tokens(
            LogRow.Kind kind, String prompt, String chosen, String rejected, @Nullable Boolean label) {
        return new Content(kind, false, new Texts(prompt, chosen, rejected), label);
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

    /** An answer of one message is its text; of several, each follows its role. */
    private static String answer(List<Message> messages) {
        return messages.size() == 1 ? text(messages.get(0)) : turns(messages);
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
