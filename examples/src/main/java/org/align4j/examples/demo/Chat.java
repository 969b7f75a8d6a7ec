package org.align4j.examples.demo;

import java.util.List;
import java.util.Map;

/**
 * Messages of one conversation, the last one the assistant's.
 *
 * @param messages in order, each with role and content
 */
record Chat(List<Message> messages) {
    /** One message of a conversation. */
    public record Message(String role, String content) {}

    /** Keeps its own copy of the messages. */
    public Chat {
        messages = List.copyOf(messages);
    }

    /** A visitor's question, asked of the clerk. */
    static Message user(String content) {
        return new Message("user", content);
    }

    /** Makes the clerk's answer to a message. */
    static Message assistant(String content) {
        return new Message("assistant", content);
    }

    /** The row of an {@code sft} file. */
    public Map<String, Object> row() {
        return Map.of("messages", messages);
    }
}
