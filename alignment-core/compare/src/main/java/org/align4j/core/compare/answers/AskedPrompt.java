package org.align4j.core.compare.answers;

import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as systems were asked it and as judges and people read it.
 *
 * @param row its number over the input, from 0
 * @param text the prompt in words; messages are joined, each after its role, unless a user's is the only one
 * @param messages the prompt as messages; null where it is plain text that a model goes on with
 * @param tag what the row calls its kind (tag, category or dataset); null where it says nothing
 */
public record AskedPrompt(
        int row,
        String text,
        @Nullable List<Message> messages,
        @Nullable String tag) {
    public AskedPrompt {
        messages = messages == null ? null : List.copyOf(messages);
    }

    /** Makes a prompt of plain text. */
    public static AskedPrompt ofText(int row, String text, @Nullable String tag) {
        return new AskedPrompt(row, text, null, tag);
    }

    /** Makes a prompt of what one user says. */
    public static AskedPrompt ofUser(int row, String said, @Nullable String tag) {
        return new AskedPrompt(row, said, List.of(Message.of("user", said)), tag);
    }

    /** Makes a prompt of messages. */
    public static AskedPrompt ofMessages(int row, List<Message> messages, @Nullable String tag) {
        return new AskedPrompt(row, words(messages), messages, tag);
    }

    /** Returns what was said last, without white space around it. */
    String lastWords() {
        return (messages == null || messages.isEmpty() ? text : said(messages.get(messages.size() - 1))).strip();
    }

    private static String words(List<Message> messages) {
        if (messages.size() == 1 && messages.get(0).role().equals("user")) {
            return said(messages.get(0));
        }
        return messages.stream()
                .map(message -> message.role() + ": " + said(message))
                .collect(Collectors.joining("\n\n"));
    }

    private static String said(Message message) {
        String content = message.content();
        return content == null ? String.valueOf(message.fields().get("content")) : content;
    }
}
