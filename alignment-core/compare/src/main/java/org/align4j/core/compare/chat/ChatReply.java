package org.align4j.core.compare.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * A chat model's reply, as it was paid for.
 *
 * @param text what it said, or in what words it refused; empty where it said nothing
 * @param end why it ended, in the endpoint's word: stop, length, content_filter, or refusal where it refused
 * @param promptTokens tokens read, as the endpoint counts them; 0 where it doesn't say
 * @param replyTokens tokens written, as the endpoint counts them; 0 where it doesn't say
 * @param more what else it gave, as it gave it: {@code logprobs}, a list with an entry for each token, and {@code tool_calls}; mostly empty
 */
public record ChatReply(String text, String end, long promptTokens, long replyTokens, ObjectNode more) {
    private static final String LOG_PROBS = "logprobs";
    private static final String CALLS = "tool_calls";

    /** Reads the body of a granted request; null where it is no chat completion. */
    static @Nullable ChatReply of(String body) {
        JsonNode whole;
        try {
            whole = Json.read(body);
        } catch (JsonProcessingException e) {
            return null;
        }
        JsonNode choice = whole.path("choices").path(0);
        JsonNode message = choice.path("message");
        if (!message.isObject()) {
            return null;
        }
        String refusal = message.path("refusal").asText("");
        boolean refused = !refusal.isEmpty();
        JsonNode usage = whole.path("usage");
        ObjectNode more = Json.object();
        JsonNode logProbs = choice.path(LOG_PROBS).path("content");
        if (logProbs.isArray() && !logProbs.isEmpty()) {
            more.set(LOG_PROBS, logProbs);
        }
        if (message.path(CALLS).isArray() && !message.path(CALLS).isEmpty()) {
            more.set(CALLS, message.path(CALLS));
        }
        return new ChatReply(
                message.path("content").isTextual() ? message.get("content").asText() : refusal,
                refused ? "refusal" : choice.path("finish_reason").asText("stop"),
                usage.path("prompt_tokens").asLong(),
                usage.path("completion_tokens").asLong(),
                more);
    }

    /** Returns this reply with what is secret taken out of its texts. */
    ChatReply without(UnaryOperator<String> secrets) {
        try {
            JsonNode plain = more.isEmpty() ? more : Json.read(secrets.apply(Json.text(more)));
            return new ChatReply(
                    secrets.apply(text), secrets.apply(end), promptTokens, replyTokens, (ObjectNode) plain);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads a line of the file of replies. */
    static ChatReply of(JsonNode line) {
        return new ChatReply(
                line.path("reply").asText(),
                line.path("end").asText(),
                line.path("prompt_tokens").asLong(),
                line.path("reply_tokens").asLong(),
                line.path("more") instanceof ObjectNode more ? more : Json.object());
    }

    /** Returns the fields of the line that keeps this reply. */
    Map<String, Object> line(String key) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("key", key);
        line.put("reply", text);
        line.put("end", end);
        line.put("prompt_tokens", promptTokens);
        line.put("reply_tokens", replyTokens);
        if (!more.isEmpty()) {
            line.put("more", more);
        }
        return line;
    }

    /** Returns the log-probabilities of the reply's tokens, an object each as the endpoint gave it; empty where it gave none. */
    public JsonNode logProbs() {
        return more.path(LOG_PROBS);
    }

    /** Returns the calls of tools; empty where there are none. */
    public JsonNode calls() {
        return more.path(CALLS);
    }
}
