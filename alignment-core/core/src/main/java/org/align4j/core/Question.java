package org.align4j.core;

import java.util.List;
import java.util.Map;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * What a model is asked: messages, the tools that it may call, and how it answers.
 *
 * @param messages of the conversation so far, the last one to be answered
 * @param tools descriptions of functions as OpenAI and transformers write them, which the chat template renders; empty: none
 * @param settings how long, how tokens are chosen and what ends the answer, which is one
 * @param alternatives likeliest tokens to be returned with each token and its log-probability, 0 to 20; {@link #NO_SCORES}: neither is returned
 */
public record Question(
        List<Message> messages,
        List<? extends Map<String, ? extends @Nullable Object>> tools,
        GenerationSettings settings,
        int alternatives) {
    /** Asks for no log-probabilities. */
    public static final int NO_SCORES = AskedScores.NONE;

    /** Takes messages and tools as they are now. */
    public Question {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    /** Asks without tools, for an answer without log-probabilities. */
    public static Question of(List<Message> messages, GenerationSettings settings) {
        return new Question(messages, List.of(), settings, NO_SCORES);
    }

    /** Returns this question with tools that the model may call. */
    public Question withTools(List<? extends Map<String, ? extends @Nullable Object>> others) {
        return new Question(messages, others, settings, alternatives);
    }

    /** Returns this question with the log-probability of each token asked for, and with this many of the likeliest tokens. */
    public Question withScores(int likeliest) {
        return new Question(messages, tools, settings, likeliest);
    }
}
