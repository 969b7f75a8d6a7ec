package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As many clients as a server takes at all, who send headers or bodies a little at a time or not at all, and one who behaves. */
@Timeout(60)
class SlowSendersTest {
    private final List<Socket> slow = new ArrayList<>();
    private final long begun = System.nanoTime();
    private LocalServer server;

    @BeforeEach
    void start() {
        Routes echo = new Routes() {
            @Override
            public String prefix() {
                return "/v1";
            }

            @Override
            public void mount(RoutesConfig routes) {
                routes.post("/v1/json", ctx -> ctx.json(Body.json(ctx)));
                routes.post("/v1/refused", ctx -> {
                    throw new Refusal(401, "Who are you?");
                });
            }
        };
        server = LocalServer.start(new LocalServer.Listening("127.0.0.1", 0, List.of()), Limits.usual(), List.of(echo));
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : slow) {
            socket.close();
        }
        server.close();
    }

    private void open(int count, String begin) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket socket = new Socket("127.0.0.1", server.address().getPort());
            slow.add(socket);
            socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Sends each slow client's next byte, where its connection still stands. */
    private void trickle() {
        for (Socket socket : slow) {
            try {
                socket.getOutputStream().write(' ');
            } catch (IOException ended) {
                // the server has had enough of it
            }
        }
    }

    /** Asks as clients do, again after a 503, until it is answered. */
    private void honest() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(server.address().resolve("/v1/json"))
                .timeout(Duration.ofSeconds(50))
                .POST(BodyPublishers.ofString("{\"a\":1}"))
                .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        while (answer.statusCode() == 503) {
            trickle();
            TimeUnit.MILLISECONDS.sleep(100);
            answer = client.send(request, BodyHandlers.ofString());
        }
        assertThat(answer.body()).isEqualTo("{\"a\":1}");
        assertThat(System.nanoTime() - begun)
                .as("half of the silence that a client is granted where there is room")
                .isLessThan(Limits.usual().silence().toNanos() / 2);
    }

    @Test
    void headersThatDoNotEndKeepNobodyOut() throws Exception {
        open(Limits.usual().connections(), "GET /v1/json HTTP/1.1\r\nX: ");
        honest();
    }

    /** Also bodies that nobody will read: those of requests that are refused by their headers, as without a key. */
    @ParameterizedTest
    @ValueSource(strings = {"/v1/json", "/v1/refused", "/v1/nowhere"})
    void bodiesThatDoNotComeKeepNobodyOut(String path) throws Exception {
        open(
                Limits.usual().requests() + 50,
                "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:"
                        + server.address().getPort()
                        + "\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{\"a\":");
        honest();
    }

    /** Where there is room, nobody is hurried: what comes within the silence that is granted is read to its end. */
    @Test
    void aSlowBodyIsWaitedForWhereThereIsRoom() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream()
                    .write(("POST /v1/json HTTP/1.1\r\nHost: 127.0.0.1:"
                                    + server.address().getPort()
                                    + "\r\nConnection: close\r\nContent-Length: 7\r\n\r\n{\"a\":")
                            .getBytes(StandardCharsets.US_ASCII));
            TimeUnit.NANOSECONDS.sleep(SlowSenders.HURRIED.plusSeconds(1).toNanos());
            socket.getOutputStream().write("1}".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("{\"a\":1}");
        }
    }
}
