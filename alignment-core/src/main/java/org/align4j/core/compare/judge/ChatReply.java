package org.align4j.core.compare.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * A chat model's reply, as it was paid for.
 *
 * @param text what it said; empty where it said nothing
 * @param end why it ended, in the endpoint's word: stop, length, content_filter, or refusal where it refused
 * @param promptTokens tokens read, as the endpoint counts them; 0 where it doesn't say
 * @param replyTokens tokens written, as the endpoint counts them; 0 where it doesn't say
 */
record ChatReply(String text, String end, long promptTokens, long replyTokens) {

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
        boolean refused = !message.path("refusal").asText("").isEmpty();
        JsonNode usage = whole.path("usage");
        return new ChatReply(
                message.path("content").isTextual() ? message.get("content").asText() : "",
                refused ? "refusal" : choice.path("finish_reason").asText("stop"),
                usage.path("prompt_tokens").asLong(),
                usage.path("completion_tokens").asLong());
    }

    /** Returns this reply with what is secret taken out of its texts. */
    ChatReply without(UnaryOperator<String> secrets) {
        return new ChatReply(secrets.apply(text), secrets.apply(end), promptTokens, replyTokens);
    }

    /** Reads a line of the file of replies. */
    static ChatReply of(JsonNode line) {
        return new ChatReply(
                line.path("reply").asText(),
                line.path("end").asText(),
                line.path("prompt_tokens").asLong(),
                line.path("reply_tokens").asLong());
    }

    /** Returns the fields of the line that keeps this reply. */
    Map<String, Object> line(String key) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("key", key);
        line.put("reply", text);
        line.put("end", end);
        line.put("prompt_tokens", promptTokens);
        line.put("reply_tokens", replyTokens);
        return line;
    }

    /** Reads the verdict; a refusal, a cut reply and an unreadable one are told apart. */
    Choice choice() {
        return switch (end) {
            case "refusal", "content_filter" -> Choice.none("refusal", text);
            case "length" -> Choice.none("cut reply", text);
            default -> JudgingPrompt.read(text);
        };
    }
}
