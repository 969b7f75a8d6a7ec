package org.align4j.core.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings, beside the template, by which conversations are written.
 *
 * @param system a system message for those that have none; null for none
 * @param arguments further variables of the template
 * @param controlTokens what becomes of control tokens in messages
 * @param plainRows what becomes of prompts and responses that are plain strings
 * @param examples turns that are written before those of each conversation that is answered, behind its system message; mostly none
 */
record ConversationStyle(
        @Nullable String system,
        Map<String, ? extends @Nullable Object> arguments,
        ControlTokens controlTokens,
        PlainRows plainRows,
        List<Message> examples) {
    ConversationStyle(
            @Nullable String system, Map<String, ? extends @Nullable Object> arguments, ControlTokens controlTokens) {
        this(system, arguments, controlTokens, PlainRows.NONE, List.of());
    }

    ConversationStyle {
        examples = List.copyOf(examples);
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /** Returns this style with more variables of the template in place of these. */
    ConversationStyle with(Map<String, ? extends @Nullable Object> others) {
        return new ConversationStyle(system, others, controlTokens, plainRows, examples);
    }

    /** Puts the examples before a conversation, behind the messages that instruct the assistant. */
    List<Message> behindExamples(List<Message> conversation) {
        int first = 0;
        while (first < conversation.size() && conversation.get(first).instructs()) {
            first++;
        }
        List<Message> all = new ArrayList<>(conversation);
        all.addAll(first, examples);
        return all;
    }
}
