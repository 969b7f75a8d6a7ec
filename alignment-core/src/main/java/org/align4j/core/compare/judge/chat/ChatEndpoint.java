package org.align4j.core.compare.judge.chat;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hashing;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Where a chat model is asked.
 *
 * @param address of its chat completions
 * @param model the model's name there
 * @param key secret, sent to this address alone and never told; null for none
 * @param tokens that a reply may have
 * @param silence the longest wait for the next byte of a reply
 */
record ChatEndpoint(URI address, String model, @Nullable String key, int tokens, Duration silence) {
    private static final String PATH = "/chat/completions";

    /**
     * Reads {@code URL#model}.
     *
     * @param key the secret, or null for none
     * @throws InputException where it is none
     */
    static ChatEndpoint parse(String named, @Nullable String key, JudgeOptions options) {
        int hash = named.lastIndexOf('#');
        String url = hash < 0 ? named : named.substring(0, hash);
        String model = hash < 0 ? "" : named.substring(hash + 1);
        if (model.isBlank()) {
            throw new InputException("judge is openai:" + Shortened.of(named)
                    + ", which names no model; write openai:URL#model, such as openai:http://localhost:8000/v1#name.");
        }
        String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        try {
            URI address = URI.create(base.endsWith(PATH) ? base : base + PATH);
            if (!WebClient.reaches(URI.create(url))) {
                throw new InputException("judge is openai:" + Shortened.of(named)
                        + ", which is no address of http or https with a host; write openai:URL#model.");
            }
            return new ChatEndpoint(
                    address, model, key, options.judgeTokens(), Duration.ofSeconds(options.judgeTimeout()));
        } catch (IllegalArgumentException e) {
            throw new InputException(
                    "judge is openai:" + Shortened.of(named) + ", which is no address; write openai:URL#model.", e);
        }
    }

    /** Returns the request of one question. */
    HttpRequest request(String question) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("messages", List.of(Map.of("role", "user", "content", question)));
        body.put("temperature", 0);
        body.put("max_tokens", tokens);
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(RowLine.text(body)));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return request.build();
    }

    /** Returns the key of a question among the replies that were paid for. */
    String hash(String question) {
        String all = String.join("\u0000", address.toString(), model, Integer.toString(tokens), question);
        return Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
    }

    /** Returns the name of the file that keeps this endpoint's replies. */
    String fileName() {
        String all = String.join("\u0000", address.toString(), model);
        return Hashing.sha256()
                        .hashString(all, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, 16)
                + ".jsonl";
    }

    /** Returns what an endpoint said, on one line and without the key, should it repeat that. */
    String told(String body) {
        String line = body.strip().replaceAll("\\s+", " ");
        String safe = key == null ? line : line.replace(key, "…");
        return Shortened.of(safe);
    }

    @Override
    public String toString() {
        return format("%s#%s", address, model);
    }
}
