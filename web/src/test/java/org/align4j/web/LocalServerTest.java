package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server refuses before and while a route answers, asked over sockets as clients do. */
@Timeout(60)
class LocalServerTest {
    private static final Limits SMALL = new Limits(4096, 1000, Duration.ofMillis(1000), 1024, 8, 100);

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final CountDownLatch arrived = new CountDownLatch(8);
    private final CountDownLatch gone = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private LocalServer server;

    /** A few routes that answer what they were sent. */
    private final class Echo implements Routes {
        @Override
        public String prefix() {
            return "/v1";
        }

        @Override
        public Object refused(Refusal refusal) {
            return Map.of("problem", refusal.message(), "param", String.valueOf(refusal.param()));
        }

        @Override
        public void mount(RoutesConfig routes) {
            routes.get("/v1/hello", ctx -> ctx.json(Map.of("hello", "world")));
            routes.post("/v1/json", ctx -> ctx.json(Body.json(ctx)));
            routes.post("/v1/form", this::form);
            routes.get("/v1/wait", ctx -> {
                arrived.countDown();
                boolean unused = goOn.await(20, TimeUnit.SECONDS);
                ctx.result("waited");
            });
            routes.get("/v1/fail", ctx -> {
                throw new IllegalStateException("secret of the inside");
            });
            routes.get("/v1/full", ctx -> {
                throw new UncheckedIOException(new IOException("/secret: No space left on device"));
            });
            routes.get("/v1/refuse", ctx -> {
                throw Refusal.busy(429, "Too much.", 600).about("n", "rate_limit_exceeded");
            });
            routes.post("/v1/stream", this::stream);
            routes.post("/v1/watch", this::watch);
        }

        private void watch(Context ctx) throws InterruptedException, IOException {
            Object body = Body.json(ctx);
            arrived.countDown();
            try {
                for (int i = 0; i < 2000 && goOn.getCount() > 0; i++) {
                    ClientWatch.look(ctx);
                    Thread.sleep(5);
                }
            } catch (ClientGone noticed) {
                gone.countDown();
                throw noticed;
            }
            ctx.json(body);
        }

        private void form(Context ctx) throws IOException {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            Form form = Form.read(ctx, "file", file, 100_000);
            ctx.json(Map.of("fields", form.fields(), "name", String.valueOf(form.fileName()), "bytes", file.size()));
        }

        private void stream(Context ctx) throws InterruptedException {
            try (EventStream events = EventStream.begin(ctx)) {
                events.send("{\"one\":1}");
                for (int i = 0; i < 2000 && goOn.getCount() > 0; i++) {
                    events.keepAlive();
                    Thread.sleep(5);
                }
                events.send("[DONE]");
            } catch (ClientGone noticed) {
                gone.countDown();
                throw noticed;
            }
        }
    }

    @BeforeEach
    void start() {
        server = start(List.of("proxy.example"));
    }

    private LocalServer start(List<String> allowHost) {
        return LocalServer.start(new LocalServer.Listening("127.0.0.1", 0, allowHost), SMALL, List.of(new Echo()));
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        server.close();
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(server.address().resolve(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Sends bytes as they are and returns all that comes back until the server closes. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String get(String headers) throws IOException {
        return raw("GET /v1/hello HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
    }

    @Test
    void answersCarryAnIdAndAPolicyForPages() throws Exception {
        HttpResponse<String> answer = send(to("/v1/hello"));
        assertThat(answer.body()).isEqualTo("{\"hello\":\"world\"}");
        assertThat(answer.headers().firstValue("x-request-id").orElse("")).matches("req_[0-9a-f]{32}");
        assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'")
                .doesNotContain("unsafe");
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        assertThat(answer.headers().firstValue("Server")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:PORT, 200", "127.0.0.1:PORT, 200", "[::1]:PORT, 200", "127.8.9.1:PORT, 200", "proxy.example, 200",
        "proxy.example:443, 200", "PROXY.example, 200", "evil.example:PORT, 403", "localhost, 403", "127.0.0.1:1, 403",
        "localhost.evil.example:PORT, 403", "192.168.1.4:PORT, 403", "127.0.0.1.evil.example:PORT, 403"
    })
    void onlyItsOwnNamesReachIt(String host, int status) throws Exception {
        String port = String.valueOf(server.address().getPort());
        assertThat(get("Host: " + host.replace("PORT", port) + "\r\n")).startsWith("HTTP/1.1 " + status);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:PORT, 200",
        "http://127.0.0.1:PORT, 200",
        "https://proxy.example, 200",
        "null, 403",
        "http://localhost:1, 403",
        "https://localhost:PORT, 403",
        "http://evil.example, 403",
        "http://localhost:PORT.evil.example, 403",
        "http://evil.example#localhost:PORT, 403",
        "file://, 403"
    })
    void onlyItsOwnPagesReachIt(String origin, int status) throws Exception {
        String port = String.valueOf(server.address().getPort());
        String headers = "Host: localhost:" + port + "\r\nOrigin: " + origin.replace("PORT", port) + "\r\n";
        assertThat(get(headers)).startsWith("HTTP/1.1 " + status);
    }

    /** What a browser says of a request without an Origin: only a link that somebody followed comes in from another page. */
    @ParameterizedTest
    @CsvSource({
        "cross-site, no-cors, 403", "cross-site, cors, 403", "cross-site, navigate, 200",
        "same-site, no-cors, 403", "same-site, cors, 403", "same-site, navigate, 200",
        "same-origin, no-cors, 200", "none, navigate, 200"
    })
    void aPageElsewhereCanLinkHereButNotLoadAnything(String site, String mode, int status) throws Exception {
        String host = "Host: localhost:" + server.address().getPort() + "\r\n";
        assertThat(get(host + "Sec-Fetch-Site: " + site + "\r\nSec-Fetch-Mode: " + mode + "\r\n"))
                .startsWith("HTTP/1.1 " + status);
    }

    @Test
    void refusalsAreWrittenInTheDialectOfTheirPath() throws Exception {
        assertThat(send(to("/v1/nowhere")).body()).contains("\"problem\":\"Nothing is at this path");
        assertThat(send(to("/nowhere")).body()).startsWith("{\"error\":\"Nothing");
        HttpResponse<String> busy = send(to("/v1/refuse"));
        assertThat(busy.statusCode()).isEqualTo(429);
        assertThat(busy.headers().firstValue("Retry-After")).contains("60");
        assertThat(Json.read(busy.body()).path("param").asText()).isEqualTo("n");
        HttpResponse<String> failed = send(to("/v1/fail"));
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(failed.body()).doesNotContain("secret");
        HttpResponse<String> full = send(to("/v1/full"));
        assertThat(full.statusCode()).isEqualTo(507);
        assertThat(full.body()).contains("disk is full").doesNotContain("secret");
        assertThat(server.answers())
                .containsEntry(404, 2L)
                .containsEntry(429, 1L)
                .containsEntry(500, 1L);
    }

    @Test
    void bodiesThatAreNoJsonOrTooLongAreRefused() throws Exception {
        assertThat(send(to("/v1/json").POST(BodyPublishers.ofString("{\"a\":[1]}")))
                        .body())
                .isEqualTo("{\"a\":[1]}");
        HttpResponse<String> broken = send(to("/v1/json").POST(BodyPublishers.ofString("{\"a\":secret}")));
        assertThat(broken.statusCode()).isEqualTo(400);
        assertThat(broken.body()).contains("parse the JSON body").doesNotContain("secret");
        HttpResponse<String> text =
                send(to("/v1/json").header("Content-Type", "text/plain").POST(BodyPublishers.ofString("{}")));
        assertThat(text.statusCode()).isEqualTo(415);
        String longest = "\"" + "x".repeat((int) SMALL.jsonBytes() - 2) + "\"";
        assertThat(send(to("/v1/json").POST(BodyPublishers.ofString(longest))).body())
                .isEqualTo(longest);
        String longer = "\"" + "x".repeat((int) SMALL.jsonBytes() - 1) + "\"";
        assertThat(send(to("/v1/json").POST(BodyPublishers.ofString(longer))).statusCode())
                .isEqualTo(413);
        InputStream unannounced = new java.io.ByteArrayInputStream(longer.getBytes(StandardCharsets.UTF_8));
        assertThat(send(to("/v1/json").POST(BodyPublishers.ofInputStream(() -> unannounced)))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void slowHalfSentAndOversizedRequestsEnd() throws Exception {
        String host = "Host: localhost:" + server.address().getPort() + "\r\n";
        assertThat(raw("GET /v1/hello HTTP/1.1\r\n" + host + "X: " + "y".repeat(5000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("\"problem\":\"The request's line and headers");
        assertThat(raw("POST /v1/json HTTP/1.1\r\n" + host + "Content-Length: 20\r\n\r\n{\"half\":"))
                .startsWith("HTTP/1.1 408");
        assertThat(raw("GET /v1/hello HTTP/1.1\r\n" + host + "X-Half")).doesNotContain("200");
        assertThat(raw("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(send(to("/v1/hello")).statusCode()).isEqualTo(200);
    }

    @Test
    void headersThatComeAByteAtATimeEnd() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            assertThatThrownBy(() -> {
                        out.write("GET /v1/hello HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
                        while (System.nanoTime() < until) {
                            out.write('x');
                            Thread.sleep(100);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aBodyThatTricklesIsRefused() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/json HTTP/1.1\r\nHost: localhost:"
                            + server.address().getPort() + "\r\nContent-Length: 900\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            socket.setSoTimeout(100);
            StringBuilder answer = new StringBuilder();
            for (int i = 0; i < 100 && answer.isEmpty(); i++) {
                out.write(' ');
                try {
                    int first = socket.getInputStream().read();
                    answer.append((char) first);
                } catch (java.net.SocketTimeoutException notYet) {
                    // send the next byte
                }
            }
            socket.setSoTimeout(5000);
            answer.append(new String(socket.getInputStream().readNBytes(11), StandardCharsets.US_ASCII));
            assertThat(answer.toString()).isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void aRequestThatTakesLongerThanTheSilenceIsAnsweredAndMoreThanTheMostAreSentAway() throws Exception {
        List<java.util.concurrent.CompletableFuture<HttpResponse<String>>> waiting = new java.util.ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waiting.add(client.sendAsync(to("/v1/wait").build(), BodyHandlers.ofString()));
        }
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        HttpResponse<String> answer = send(to("/v1/hello"));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("2");
        Thread.sleep(2500);
        goOn.countDown();
        for (java.util.concurrent.CompletableFuture<HttpResponse<String>> one : waiting) {
            assertThat(one.get(20, TimeUnit.SECONDS).body()).isEqualTo("waited");
        }
        assertThat(send(to("/v1/hello")).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFormsFieldsComeInAnyOrder(boolean fileFirst) throws Exception {
        String file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.jsonl\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n" + "z".repeat(70_000) + "\r\n";
        String field = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n";
        String body = (fileFirst ? file + field : field + file) + "--b--\r\n";
        HttpResponse<String> answer = send(to("/v1/form")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(body)));
        assertThat(Json.read(answer.body()))
                .isEqualTo(Json.read(
                        "{\"fields\":{\"purpose\":\"fine-tune\"},\"name\":\"../../x.jsonl\",\"bytes\":70000}"));
    }

    @Test
    void aFormThatIsHalfSentTooLongOrNoneIsRefused() throws Exception {
        String part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nabc\r\n";
        HttpRequest.Builder form = to("/v1/form").header("Content-Type", "multipart/form-data; boundary=b");
        assertThat(send(form.copy().POST(BodyPublishers.ofString(part))).statusCode())
                .isEqualTo(400);
        assertThat(send(form.copy().POST(BodyPublishers.ofString(part + part + "--b--\r\n")))
                        .body())
                .contains("two files");
        String longer = part.replace("abc", "a".repeat(200_000)) + "--b--\r\n";
        assertThat(send(form.copy().POST(BodyPublishers.ofString(longer))).statusCode())
                .isEqualTo(413);
        assertThat(send(to("/v1/form").POST(BodyPublishers.ofString("{}"))).statusCode())
                .isEqualTo(415);
    }

    @Test
    void eventsAnswerAPostAsTheyAreSent() throws Exception {
        HttpResponse<InputStream> answer =
                client.send(to("/v1/stream").POST(BodyPublishers.noBody()).build(), BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            assertThat(new String(in.readNBytes(18), StandardCharsets.UTF_8)).isEqualTo("data: {\"one\":1}\n\n:");
            goOn.countDown();
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).endsWith("\n\ndata: [DONE]\n\n");
        }
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
    }

    @Test
    void aStreamMayTakeLongerThanTheSilence() throws Exception {
        HttpResponse<InputStream> response = client.send(
                HttpRequest.newBuilder(server.address().resolve("/v1/stream"))
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofInputStream());
        assertThat(goOn.await(3500, TimeUnit.MILLISECONDS)).isFalse();
        goOn.countDown();
        assertThat(new String(response.body().readAllBytes(), StandardCharsets.UTF_8))
                .endsWith("data: [DONE]\n\n");
    }

    private static String watched(String body) {
        return "POST /v1/watch HTTP/1.1\r\nHost: proxy.example\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void whoWaitsForAnAnswerIsSeenLeaving() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream().write(watched("{}").getBytes(StandardCharsets.UTF_8));
            assertThat(gone.await(500, TimeUnit.MILLISECONDS)).isFalse();
        }
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whoAsksAheadIsAnsweredInTurn() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(watched("{\"a\":1}").getBytes(StandardCharsets.UTF_8));
            assertThat(gone.await(300, TimeUnit.MILLISECONDS)).isFalse();
            out.write(watched("{\"b\":\"" + "x".repeat(700) + "\"}").getBytes(StandardCharsets.UTF_8));
            assertThat(gone.await(300, TimeUnit.MILLISECONDS)).isFalse();
            goOn.countDown();
            String all = "";
            byte[] piece = new byte[4096];
            while (!all.contains("xx\"}")) {
                int count = socket.getInputStream().read(piece);
                assertThat(count).isPositive();
                all += new String(piece, 0, count, StandardCharsets.UTF_8);
            }
            assertThat(all).contains("{\"a\":1}").contains("{\"b\":\"");
        }
    }

    @Test
    void aStreamNoticesThatItsClientLeft() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream()
                    .write(("POST /v1/stream HTTP/1.1\r\nHost: localhost:"
                                    + server.address().getPort() + "\r\nContent-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        assertThatThrownBy(() -> LocalServer.start(
                        new LocalServer.Listening("127.0.0.1", server.address().getPort(), List.of()),
                        SMALL,
                        List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the port is taken");
        assertThatThrownBy(() -> URI.create(new LocalServer.Listening("no.such.name.invalid", 0, List.of())
                        .address()
                        .toString()))
                .isInstanceOf(InputException.class);
    }
}
