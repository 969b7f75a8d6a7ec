package org.align4j.desk.watch;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.align4j.core.files.Json;
import org.align4j.web.PageToken;

/** What a browser does with a live page, without one: follows its stream and presses its buttons. */
final class PageClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI server;
    private final String token;
    private final BufferedReader stream;
    private final List<JsonNode> heard = new ArrayList<>();

    /**
     * Opens a page.
     *
     * @param address with the token
     * @param of the run's key; empty for the whole
     */
    PageClient(String address, String of) throws IOException, InterruptedException {
        URI given = URI.create(address);
        this.token = given.getFragment();
        this.server = given.resolve("/");
        HttpResponse<InputStream> answer = client.send(
                HttpRequest.newBuilder(server.resolve("/watch/stream?of=" + of)).build(), BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IOException("status " + answer.statusCode());
        }
        this.stream = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    /** Reads on until a message is as wanted, and returns it. */
    JsonNode await(Predicate<JsonNode> wanted) throws IOException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        for (String line = stream.readLine(); line != null; line = stream.readLine()) {
            if (line.startsWith("data: ")) {
                JsonNode message = Json.read(line.substring("data: ".length()));
                heard.add(message);
                if (wanted.test(message)) {
                    return message;
                }
            }
            if (System.nanoTime() > until) {
                break;
            }
        }
        throw new IOException(
                "the stream ended without it; last: " + heard.subList(Math.max(0, heard.size() - 3), heard.size()));
    }

    /** Reads on until the whole is in a state, and returns its line. */
    JsonNode awaitState(String state) throws IOException {
        return await(message -> isScene(message)
                        && message.path("data")
                                .path("line")
                                .path("state")
                                .asText()
                                .equals(state))
                .path("data")
                .path("line");
    }

    static boolean isScene(JsonNode message) {
        return message.path("type").asText().equals("scene");
    }

    /** Returns a part of the report as it was sent last; empty where it never was. */
    String part(String name) {
        String found = "";
        for (JsonNode message : heard) {
            if (message.path("type").asText().equals("parts")
                    && message.path("data").has(name)) {
                found = message.path("data").path(name).asText();
            }
        }
        return found;
    }

    /** Presses a button; the status of the answer. */
    int ask(String word) throws IOException, InterruptedException {
        return ask(word, PageToken.HEADER, token);
    }

    /** Asks with another header; the status of the answer. */
    int ask(String word, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve("/watch/control"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"word\":\"" + word + "\"}"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString()).statusCode();
    }

    URI server() {
        return server;
    }

    String token() {
        return token;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
