package org.align4j.core.compare.judge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A chat endpoint on this machine, which answers as a test says. */
public final class ChatServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Function<String, Answer> answers;
    private final List<String> asked = new ArrayList<>();
    private final List<JsonNode> requests = new ArrayList<>();
    private final List<String> answered = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();

    /**
     * What is answered.
     *
     * @param status of HTTP; 0 for never, {@link #CUT} for a connection that ends in the middle of the answer
     * @param body as it is sent
     * @param retryAfter the header's value; empty for none
     */
    public record Answer(int status, String body, String retryAfter) {}

    /** Says that the connection ends before the answer does. */
    public static final int CUT = -1;

    public ChatServer(Function<String, Answer> answers) throws IOException {
        this.answers = answers;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    /** A reply of the model. */
    public static Answer says(String text) {
        return says(text, "stop");
    }

    /** A reply of the model with the log-probabilities of its tokens, one for each letter. */
    public static Answer says(String text, double... logProbs) {
        List<Map<String, Object>> tokens = new ArrayList<>();
        for (int i = 0; i < logProbs.length; i++) {
            String token = text.substring(i, i + 1);
            tokens.add(Map.of(
                    "token",
                    token,
                    "logprob",
                    logProbs[i],
                    "top_logprobs",
                    List.of(Map.of("token", token, "logprob", logProbs[i]))));
        }
        Map<String, Object> message = Map.of("role", "assistant", "content", text);
        return new Answer(
                200,
                json(Map.of(
                        "choices",
                        List.of(Map.of(
                                "message", message, "finish_reason", "stop", "logprobs", Map.of("content", tokens))))),
                "");
    }

    /** A reply of the model that ended in a certain way. */
    public static Answer says(String text, String end) {
        Map<String, Object> message = Map.of("role", "assistant", "content", text);
        return new Answer(
                200,
                json(Map.of(
                        "choices", List.of(Map.of("message", message, "finish_reason", end)),
                        "usage", Map.of("prompt_tokens", 10, "completion_tokens", 5))),
                "");
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody());
        String question = request.path("messages").path(0).path("content").asText();
        Answer answer;
        synchronized (this) {
            asked.add(question);
            requests.add(request);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            answer = answers.apply(question);
            notifyAll();
        }
        if (answer.status() == 0) {
            await();
            exchange.close();
            return;
        }
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        if (answer.status() == CUT) {
            exchange.sendResponseHeaders(200, body.length + 1);
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().flush();
            exchange.close();
            return;
        }
        if (!answer.retryAfter().isEmpty()) {
            exchange.getResponseHeaders().set("Retry-After", answer.retryAfter());
        }
        synchronized (this) {
            if (answer.status() == 200) {
                answered.add(question);
            }
        }
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void await() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until so many questions were asked. */
    public synchronized void awaitAsked(int questions) throws InterruptedException {
        while (asked.size() < questions) {
            wait(60_000);
        }
    }

    /** The address that a judge is named by. */
    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /** All questions so far. */
    public synchronized List<String> asked() {
        return List.copyOf(asked);
    }

    /** The bodies of all requests so far. */
    public synchronized List<JsonNode> requests() {
        return List.copyOf(requests);
    }

    /** The questions that were granted. */
    public synchronized List<String> answered() {
        return List.copyOf(answered);
    }

    /** The keys that came with the questions. */
    public synchronized List<String> keys() {
        return List.copyOf(keys);
    }

    @Override
    public void close() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
