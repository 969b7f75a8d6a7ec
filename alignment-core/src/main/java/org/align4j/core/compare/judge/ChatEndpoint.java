package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hashing;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Holds the address, model and key by which a chat model is asked.
 *
 * @param address of its chat completions
 * @param model the model's name there
 * @param key goes with each request to this address, and nowhere else; null for none
 * @param tokens that a reply may have
 * @param timeout the longest wait for a whole reply
 */
record ChatEndpoint(URI address, String model, @Nullable ServiceKey key, int tokens, Duration timeout) {
    private static final String PATH = "/chat/completions";

    /**
     * Reads {@code URL#model}; a query of the URL stays behind the path.
     *
     * @param key the secret, or null for none
     * @throws InputException where it is none
     */
    static ChatEndpoint parse(String named, @Nullable ServiceKey key, JudgeOptions options) {
        String is = "judge is openai:" + Shortened.of(AddressSecrets.ofAddress(named));
        int hash = named.lastIndexOf('#');
        String url = hash < 0 ? named : named.substring(0, hash);
        if (AddressSecrets.hasUser(url)) {
            throw new InputException(is
                    + ", which holds a user or a password; leave them out and give the key as judge-key: the name of an environment"
                    + " variable, or file:PATH.");
        }
        String model = hash < 0 ? "" : named.substring(hash + 1);
        if (model.isBlank()) {
            throw new InputException(is
                    + ", which names no model; write openai:URL#model, such as openai:http://localhost:8000/v1#name.");
        }
        try {
            if (!WebClient.reaches(URI.create(url))) {
                throw new InputException(
                        is + ", which is no address of http or https with a host; write openai:URL#model.");
            }
            return new ChatEndpoint(
                    completions(url), model, key, options.judgeTokens(), Duration.ofSeconds(options.judgeTimeout()));
        } catch (IllegalArgumentException e) {
            throw new InputException(is + ", which is no address; write openai:URL#model.", e);
        }
    }

    private static URI completions(String url) {
        int mark = url.indexOf('?');
        String place = mark < 0 ? url : url.substring(0, mark);
        String query = mark < 0 ? "" : url.substring(mark);
        String base = place.endsWith("/") ? place.substring(0, place.length() - 1) : place;
        return URI.create((base.endsWith(PATH) ? base : base + PATH) + query);
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
        return (key == null ? request : key.sign(request)).build();
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

    /** Returns what an endpoint said without the key and the secrets of the address, should it repeat them. */
    String withoutKey(String body) {
        String text = AddressSecrets.removedFrom(body, address.toString());
        return key == null ? text : key.removedFrom(text);
    }

    /** Returns what an endpoint said, on one line and without the key. */
    String told(String body) {
        return Shortened.of(withoutKey(body).strip().replaceAll("\\s+", " "));
    }

    @Override
    public String toString() {
        return format("%s#%s", AddressSecrets.ofAddress(address.toString()), model);
    }
}
