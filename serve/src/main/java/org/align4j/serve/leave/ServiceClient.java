package org.align4j.serve.leave;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.RetryingClient.Reply;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a hosted service's API, again after failures that may pass. The key goes to the service's own address, and to no other that an
 * answer names.
 *
 * @param base address of the API
 * @param key that the service knows the user by
 * @param client sends
 */
record ServiceClient(URI base, ServiceKey key, RetryingClient client) {
    private static final int PAGE = 100;
    private static final int MOST_PAGES = 10_000;
    private static final int MOST_HOPS = 5;
    private static final int DOCUMENT_BYTES = 64 << 20;
    private static final long UNKNOWN_BYTES = 8L << 30;
    private static final Duration SILENCE = Duration.ofSeconds(60);

    /** A client that tries for some minutes, and waits as long as it is asked to, up to a minute a time. */
    ServiceClient(URI base, ServiceKey key) {
        this(base, key, new RetryingClient(WebClient.whileAnswersCome(SILENCE), 6, Duration.ofSeconds(1), SILENCE));
    }

    /** Says that the service doesn't give something; the rest may be had. */
    static final class NotGiven extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotGiven(String message) {
            super(message);
        }
    }

    /**
     * Reads a document.
     *
     * @throws NotGiven where the service refuses it
     * @throws RunException where there is no answer, or none that can be read
     */
    JsonNode get(String path) {
        String text = text(path);
        try {
            return Json.read(text);
        } catch (JsonProcessingException e) {
            throw new RunException(told(path) + " answered with what is no JSON: " + Shortened.of(text) + ".", e);
        }
    }

    /** Reads a text. */
    String text(String path) {
        return answered(path, null).text();
    }

    /**
     * Reads all of a list.
     *
     * @param paged whether it comes in pages, each beginning after the last one's last id
     */
    List<JsonNode> all(String path, boolean paged) {
        List<JsonNode> all = new ArrayList<>();
        Set<String> cursors = new HashSet<>();
        String from = paged ? "?limit=" + PAGE : "";
        for (int page = 0; page < MOST_PAGES; page++) {
            JsonNode document = get(path + from);
            JsonNode data = document.isArray() ? document : document.path("data");
            if (!data.isArray()) {
                throw new RunException(
                        told(path) + " answered without a list of data: " + Shortened.of(document.toString()) + ".");
            }
            data.forEach(all::add);
            if (!paged || data.isEmpty() || !document.path("has_more").asBoolean(true)) {
                return all;
            }
            String last = data.get(data.size() - 1).path("id").asText();
            if (!cursors.add(last)) {
                break;
            }
            from = "?limit=" + PAGE + "&after=" + URLEncoder.encode(last, StandardCharsets.UTF_8);
        }
        throw new RunException(told(path) + " answered with pages that don't end.");
    }

    /**
     * Writes what is at a path into a file, which is there only when it is whole.
     *
     * @param bytes that it has; 0 where that isn't known
     */
    void save(String path, Path file, long bytes) {
        answered(
                path,
                body -> AtomicFile.write(file, channel -> {
                    long count = 0;
                    for (ByteBuffer piece = body.next(); piece != null; piece = body.next()) {
                        count += piece.remaining();
                        if (count > (bytes > 0 ? bytes : UNKNOWN_BYTES)) {
                            throw new NotGiven("it has more than the " + bytes + " bytes that were announced");
                        }
                        channel.write(piece);
                    }
                    if (bytes > 0 && count != bytes) {
                        throw new NotGiven("it has " + count + " bytes where " + bytes + " were announced");
                    }
                }));
    }

    private Reply answered(String path, RetryingClient.@Nullable Receiver receiver) {
        URI address = URI.create(base + path);
        try {
            for (int hop = 0; hop < MOST_HOPS; hop++) {
                HttpRequest request = request(address);
                Reply reply = receiver == null
                        ? client.send(request, DOCUMENT_BYTES)
                        : client.send(request, DOCUMENT_BYTES, receiver);
                if (reply.redirects() && reply.location() != null) {
                    address = next(address, reply.location());
                } else if (reply.granted()) {
                    return reply;
                } else {
                    throw refused(path, reply);
                }
            }
        } catch (IOException e) {
            throw new RunException(
                    told(path) + " gave no answer: " + FileFailure.told(e)
                            + ". What has come is kept; run again to go on.",
                    e);
        }
        throw new NotGiven("it is said to be elsewhere, and there elsewhere again, more than " + MOST_HOPS + " times");
    }

    private HttpRequest request(URI address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).GET();
        if (WebClient.isSameOrigin(base, address)) {
            key.sign(request);
        }
        return request.build();
    }

    private static URI next(URI from, String location) {
        URI next;
        try {
            next = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new NotGiven("it is said to be at what is no address");
        }
        boolean weaker = "https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(next.getScheme());
        if (!WebClient.reaches(next) || weaker) {
            throw new NotGiven("it is said to be at " + next.getScheme() + "://…, where it isn't asked for");
        }
        return next;
    }

    private RuntimeException refused(String path, Reply reply) {
        String said = Shortened.of(key.removedFrom(message(reply.text())));
        if (reply.status() == 401 || reply.mayPass()) {
            return new RunException(told(path) + " answered with status " + reply.status() + ": " + said
                    + (reply.mayPass()
                            ? ". What has come is kept; run again to go on."
                            : ". Give a key that is good."));
        }
        return new NotGiven("status " + reply.status() + ": " + said);
    }

    private static String message(String text) {
        try {
            JsonNode error = Json.read(text).path("error");
            return error.path("message").asText(error.asText(text));
        } catch (JsonProcessingException e) {
            return text;
        }
    }

    private String told(String path) {
        int query = path.indexOf('?');
        return AddressSecrets.ofAddress(base.toString()) + (query < 0 ? path : path.substring(0, query));
    }
}
