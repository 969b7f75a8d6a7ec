package org.align4j.desk.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.files.Json;
import org.junit.jupiter.api.Assumptions;

/** A headless Chromium that is told what to do over the DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long LOOK_MILLIS = 20;

    private static final Map<String, Integer> CODES =
            Map.of("ArrowLeft", 37, "ArrowRight", 39, "ArrowDown", 40, "Escape", 27);

    private final Process process;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private Browser(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one with a profile of its own; the test is skipped where there is none. */
    static Browser open(Path profile) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(CHROMIUM), "There is no chromium here, so the page is not looked at in a browser.");
        Process process = new ProcessBuilder(
                        CHROMIUM.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path told = profile.resolve("DevToolsActivePort");
        Instant until = Instant.now().plus(PATIENCE);
        while (!(Files.exists(told) && Files.readAllLines(told).size() > 1)) {
            if (Instant.now().isAfter(until)) {
                process.destroyForcibly();
                throw new IOException("chromium didn't tell its port");
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return new Browser(process, Integer.parseInt(Files.readAllLines(told).get(0)));
    }

    /** Opens a page. */
    Tab tab(String url) throws IOException, InterruptedException {
        HttpResponse<String> made = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
                        .PUT(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String address = Json.read(made.body()).path("webSocketDebuggerUrl").asText();
        Tab tab = new Tab();
        WebSocket socket = client.newWebSocketBuilder()
                .buildAsync(URI.create(address), tab)
                .join();
        tab.open(socket, url);
        return tab;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A page that is open. */
    static final class Tab implements WebSocket.Listener {
        private final AtomicInteger last = new AtomicInteger();
        private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
        private final StringBuilder part = new StringBuilder();
        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final List<String> complaints = new CopyOnWriteArrayList<>();
        private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();

        private void open(WebSocket made, String url) {
            socket.complete(made);
            send("Network.enable", Map.of());
            send("Runtime.enable", Map.of());
            send("Log.enable", Map.of());
            send("Page.navigate", Map.of("url", url));
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean whole) {
            part.append(data);
            if (whole) {
                hear(part.toString());
                part.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void hear(String text) {
            JsonNode message;
            try {
                message = Json.read(text);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            CompletableFuture<JsonNode> answer = asked.remove(message.path("id").asInt());
            if (answer != null) {
                answer.complete(message.path("result"));
            }
            switch (message.path("method").asText()) {
                case "Network.requestWillBeSent" ->
                    requests.add(message.at("/params/request/url").asText());
                case "Runtime.exceptionThrown" -> complaints.add(text);
                case "Log.entryAdded" ->
                    complaints.add(message.at("/params/entry/text").asText());
                default -> {}
            }
        }

        /** Sends a command and waits for its result. */
        JsonNode send(String method, Map<String, ?> parameters) {
            int id = last.incrementAndGet();
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            asked.put(id, answer);
            socket.join()
                    .sendText(Json.text(Map.of("id", id, "method", method, "params", parameters)), true)
                    .join();
            return answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }

        /** Evaluates an expression to a text. */
        String text(String expression) {
            return send("Runtime.evaluate", Map.of("expression", "String(" + expression + ")", "returnByValue", true))
                    .at("/result/value")
                    .asText();
        }

        /** Waits until an expression is true. */
        void await(String expression) throws InterruptedException {
            Instant until = Instant.now().plus(PATIENCE);
            while (!text(expression).equals("true")) {
                if (Instant.now().isAfter(until)) {
                    throw new AssertionError(expression + " isn't true; the page says "
                            + text("document.body && document.body.innerText") + complaints);
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }

        /** Presses a key: one of a name, such as ArrowLeft, or a letter. */
        void key(String key) {
            int code = CODES.getOrDefault(key, (int) Character.toUpperCase(key.charAt(0)));
            Map<String, Object> pressed = key.length() == 1
                    ? Map.of("type", "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", key)
                    : Map.of("type", "rawKeyDown", "key", key, "windowsVirtualKeyCode", code);
            send("Input.dispatchKeyEvent", pressed);
            send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
        }

        /** Types text where the cursor is. */
        void type(String text) {
            send("Input.insertText", Map.of("text", text));
        }

        /** Lists the addresses that the page asked for. */
        List<String> requests() {
            return requests;
        }

        /** Lists errors of scripts, and what the browser refused. */
        List<String> complaints() {
            return complaints;
        }
    }
}
