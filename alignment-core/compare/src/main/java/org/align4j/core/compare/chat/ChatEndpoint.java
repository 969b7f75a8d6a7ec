package org.align4j.core.compare.chat;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hashing;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Holds the address, model and key by which a chat model is asked.
 *
 * @param purpose what it is asked for
 * @param address of its chat completions
 * @param model the model's name there
 * @param key goes with each request to this address, and nowhere else; null for none
 * @param timeout the longest wait for a whole reply
 */
public record ChatEndpoint(
        Purpose purpose,
        URI address,
        String model,
        @Nullable ServiceKey key,
        Duration timeout) {
    private static final String PATH = "/chat/completions";

    /**
     * What a chat model is asked for, in the words of messages.
     *
     * @param option that names the endpoint
     * @param kind what stands before the address in it, such as {@code openai:}
     * @param keyOption that names the key
     * @param attemptsOption that says how often a request is sent
     * @param asked who is asked, such as {@code judge}
     * @param reply what it gives, such as {@code verdict}
     * @param elsewhere what to do where the file of replies is in use
     */
    public record Purpose(
            String option,
            String kind,
            String keyOption,
            String attemptsOption,
            String asked,
            String reply,
            String elsewhere) {}

    /**
     * Reads {@code URL#model}; a query of the URL stays behind the path.
     *
     * @param key the secret, or null for none
     * @throws InputException where it is none
     */
    public static ChatEndpoint parse(Purpose purpose, String named, @Nullable ServiceKey key, Duration timeout) {
        String is = purpose.option() + " is " + purpose.kind() + Shortened.of(AddressSecrets.ofAddress(named));
        int hash = named.lastIndexOf('#');
        String url = hash < 0 ? named : named.substring(0, hash);
        if (AddressSecrets.hasUser(url)) {
            throw new InputException(format(
                    "%s, which holds a user or a password; leave them out and give the key as %s: the name of an environment variable, or"
                            + " file:PATH.",
                    is, purpose.keyOption()));
        }
        String model = hash < 0 ? "" : named.substring(hash + 1);
        if (model.isBlank()) {
            throw new InputException(format(
                    "%s, which names no model; write %2$sURL#model, such as %2$shttp://localhost:8000/v1#name.",
                    is, purpose.kind()));
        }
        try {
            if (!WebClient.reaches(URI.create(url))) {
                throw new InputException(format(
                        "%s, which is no address of http or https with a host; write %sURL#model.",
                        is, purpose.kind()));
            }
            return new ChatEndpoint(purpose, completions(url), model, key, timeout);
        } catch (IllegalArgumentException e) {
            throw new InputException(format("%s, which is no address; write %sURL#model.", is, purpose.kind()), e);
        }
    }

    private static URI completions(String url) {
        int mark = url.indexOf('?');
        String place = mark < 0 ? url : url.substring(0, mark);
        String query = mark < 0 ? "" : url.substring(mark);
        String base = place.endsWith("/") ? place.substring(0, place.length() - 1) : place;
        return URI.create((base.endsWith(PATH) ? base : base + PATH) + query);
    }

    /** Returns the request that a body makes. */
    public HttpRequest request(String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return (key == null ? request : key.sign(request)).build();
    }

    /**
     * Returns the key of a question among the replies that were paid for.
     *
     * @param parts what a reply depends on, besides address and model
     */
    public String hash(String... parts) {
        String all = String.join("\u0000", address.toString(), model, String.join("\u0000", parts));
        return Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
    }

    /** Returns the name of the file that keeps this endpoint's replies. */
    public String fileName() {
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

    /** Returns the endpoint as the option names it, without its secrets. */
    String named() {
        return purpose.kind() + this;
    }

    @Override
    public String toString() {
        return format("%s#%s", AddressSecrets.ofAddress(address.toString()), model);
    }
}
