package org.align4j.core.hub;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.error.VisibleText;
import org.align4j.core.files.Json;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.RetryingClient.Reply;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;

/**
 * Calls of a hub's HTTP interface for one repository: signed for the hub's own address alone, sent again after what may pass, and with a sentence
 * for each refusal. What the hub says goes into sentences shortened and without the token.
 */
final class HubCalls {
    static final String JSON = "application/json";

    private static final int ATTEMPTS = 6;

    /** The hub counts requests in windows of five minutes. */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(6);

    private static final int LONGEST_ANSWER = 256 << 20;
    private static final int UNKNOWN_TOKEN = 401;
    private static final int FORBIDDEN = 403;
    private static final int ABSENT = 404;
    private static final int TOO_LARGE = 413;
    private static final int TOO_MANY = 429;

    private final HubSettings settings;
    private final ServiceKey token;
    private final String repository;
    private final RetryingClient again;
    private final RetryingClient once;

    /** @param repository {@code org/name} */
    HubCalls(HubSettings settings, ServiceKey token, String repository) {
        this.settings = settings;
        this.token = token;
        this.repository = repository;
        WebClient web = WebClient.whileAnswersCome(settings.silence());
        this.again = new RetryingClient(web, ATTEMPTS, settings.retryPause(), LONGEST_PAUSE);
        this.once = new RetryingClient(web, 1, settings.retryPause(), LONGEST_PAUSE);
    }

    String repository() {
        return repository;
    }

    /** Returns an address on the hub. */
    URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    /**
     * Returns an address that the hub names in an answer.
     *
     * @throws RunException where it is none, or one that isn't encrypted though the hub's own is
     */
    URI address(JsonNode named) {
        try {
            URI address = URI.create(named.asText());
            boolean open = settings.endpoint().getScheme().equalsIgnoreCase("https")
                    && !String.valueOf(address.getScheme()).equalsIgnoreCase("https");
            if (WebClient.reaches(address) && !open) {
                return address;
            }
        } catch (IllegalArgumentException noAddress) {
            // refused below
        }
        throw new RunException(format(
                "%s names \"%s\" as the place to upload to, which is no address of %s; check HF_ENDPOINT.",
                settings.endpoint(), shown(named.asText()), settings.endpoint().getScheme()));
    }

    Reply get(String path) throws IOException {
        return send(again, HttpRequest.newBuilder(address(path)).GET());
    }

    Reply post(URI address, String type, byte[] body) throws IOException {
        return send(again, posting(address, type, body));
    }

    /** Sends what mustn't be sent twice before somebody has looked whether it arrived. */
    Reply postOnce(URI address, String type, byte[] body) throws IOException {
        return send(once, posting(address, type, body));
    }

    private static HttpRequest.Builder posting(URI address, String type, byte[] body) {
        return HttpRequest.newBuilder(address)
                .header("Content-Type", type)
                .header("Accept", type.equals(LargeFiles.TYPE) ? type : JSON)
                .POST(BodyPublishers.ofByteArray(body));
    }

    /** Puts bytes where an answer said; the address has its own signature. */
    Reply put(URI address, BodyPublisher body) throws IOException {
        return again.send(
                HttpRequest.newBuilder(address)
                        .header("User-Agent", "align4j")
                        .PUT(body)
                        .build(),
                LONGEST_ANSWER);
    }

    private Reply send(RetryingClient client, HttpRequest.Builder request) throws IOException {
        request.header("User-Agent", "align4j");
        if (WebClient.isSameOrigin(request.build().uri(), settings.endpoint())) {
            token.sign(request);
        }
        return client.send(request.build(), LONGEST_ANSWER);
    }

    /**
     * Returns a granted answer's JSON.
     *
     * @param what was asked for, as an infinitive
     * @throws InputException where the token is to blame; nothing was committed
     * @throws RunException where it is refused for another reason, or is no JSON
     */
    JsonNode granted(Reply reply, String what) {
        if (!reply.granted()) {
            throw refused(reply, what);
        }
        try {
            return Json.read(reply.text());
        } catch (JsonProcessingException noJson) {
            throw new RunException(
                    format(
                            "%s does not answer with JSON when asked to %s; it is no hub, check HF_ENDPOINT.",
                            settings.endpoint(), what),
                    noJson);
        }
    }

    /** Says for people why something isn't done. */
    RuntimeException refused(Reply reply, String what) {
        int status = reply.status();
        String hub = String.valueOf(settings.endpoint());
        String said = said(reply);
        if (reply.redirects()) {
            return new InputException(format(
                    "%s has moved on %s, to %s; push to the name that it has now.",
                    repository, hub, shown(String.valueOf(reply.location()))));
        }
        return switch (status) {
            case UNKNOWN_TOKEN ->
                new InputException(format(
                        "%s does not know the token%s; make one with write access at %s/settings/tokens and give it as HF_TOKEN.",
                        hub, said, hub));
            case FORBIDDEN ->
                new InputException(format(
                        "%s does not let this token %s%s; use an HF_TOKEN with write access to %s.",
                        hub, what, said, repository));
            case ABSENT ->
                new InputException(format(
                        "%s has no %s that this token may see%s; check the name and the token's access.",
                        hub, repository, said));
            case TOO_LARGE ->
                new RunException(format(
                        "%s takes no more bytes for %s%s; push fewer or smaller files, or ask there for more room.",
                        hub, repository, said));
            case TOO_MANY ->
                new RunException(format(
                        "%s has had too many requests of this token%s; what was uploaded stays there, push again in %d minutes.",
                        hub, said, Math.max(1, (reply.asksFor().toSeconds() + 59) / 60)));
            default ->
                new RunException(format(
                        "%s does not %s: it answers with status %d%s. What was uploaded stays there; push again to go on.",
                        hub, what, status, said));
        };
    }

    /** Returns what the hub says about a refusal, with a colon before it; empty where it says nothing. */
    private String said(Reply reply) {
        String text = reply.headers().firstValue("X-Error-Message").orElse("");
        if (text.isEmpty()) {
            try {
                JsonNode body = Json.read(reply.text());
                text = body.path("error").asText(body.path("message").asText());
                if (text.isEmpty()) {
                    text = body.at("/errors/0/message").asText();
                }
            } catch (JsonProcessingException noJson) {
                // A page for browsers says no more than its status.
            }
        }
        return text.isEmpty() ? "" : ": \"" + shown(text) + "\"";
    }

    /** Returns a text from the hub for a message: short, visible and without the token. */
    String shown(String text) {
        String plain = token.removedFrom(text).replaceAll("\\s+", " ").strip();
        return VisibleText.of(Shortened.path(plain));
    }

    /** Makes of a broken connection what people read. */
    RunException broken(IOException failed) {
        return new RunException(
                format(
                        "%s could not be pushed to %s: %s. What was uploaded stays there; push again to go on.",
                        repository, settings.endpoint(), token.removedFrom(FileFailure.told(failed))),
                failed);
    }
}
