package org.align4j.core.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long is waited before a request is sent again; the waits are written down and not waited. */
class RetryingClientTest {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final List<Duration> pauses = new ArrayList<>();
    private final Deque<String> answers = new ArrayDeque<>();
    private HttpServer server;

    /** Answers with {@code STATUS} or {@code STATUS RETRY-AFTER}. */
    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String[] answer = answers.remove().split(" ", 2);
            if (answer.length == 2) {
                exchange.getResponseHeaders().set("Retry-After", answer[1]);
            }
            exchange.sendResponseHeaders(Integer.parseInt(answer[0]), -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private RetryingClient.Reply send(String... given) throws IOException {
        answers.addAll(List.of(given));
        RetryingClient client =
                new RetryingClient(WebClient.within(Duration.ofSeconds(20)), given.length, FIRST, LONGEST, pauses::add);
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        return client.send(HttpRequest.newBuilder(address).build(), 100);
    }

    @Test
    void theFirstPauseIsTheOneGivenAndEachIsTwiceTheOneBeforeUpToTheLongest() throws IOException {
        RetryingClient.Reply reply = send("500", "503", "429", "408", "502", "504", "200");
        assertThat(reply.granted()).isTrue();
        assertThat(reply.attempts()).isEqualTo(7);
        assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(2L, 4L, 8L, 16L, 30L, 30L);
    }

    /** The hub says so, beside or instead of Retry-After. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"'\"api\";r=0;t=9' | 9", "'\"api\";r=3;t=9' | 0", "'\"api\"; r=0; t=7' | 7", "nonsense | 0"})
    void whereNothingRemainsTheWindowIsWaitedFor(String rateLimit, long seconds) {
        HttpHeaders headers = HttpHeaders.of(Map.of("RateLimit", List.of(rateLimit)), (name, value) -> true);
        assertThat(new RetryingClient.Reply(429, "", 1, headers).asksFor()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void whatIsGrantedOrRefusedForGoodIsNotWaitedFor() throws IOException {
        for (String status : List.of("200", "302", "400", "401", "404")) {
            assertThat(send(status, "500").status()).isEqualTo(Integer.parseInt(status));
            answers.clear();
        }
        assertThat(pauses).isEmpty();
    }

    @Test
    void theLastFailureIsNotWaitedFor() throws IOException {
        assertThat(send("503", "503").status()).isEqualTo(503);
        assertThat(pauses).containsExactly(FIRST);
    }

    @Test
    void whatTheOtherSideAsksForIsHeeded() throws IOException {
        send("429 17", "429 1", "429 0", "200");
        assertThat(pauses.stream().map(Duration::toSeconds))
                .as("never shorter than the own pause")
                .containsExactly(17L, 4L, 8L);
    }

    /** Thirty years, more than a number holds, more than a date should. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "31",
                "999999999",
                "9999999999",
                "99999999999999999999999999",
                "Fri, 31 Dec 9999 23:59:59 GMT",
            })
    void noMoreThanTheLongestPauseIsWaitedWhateverItAsksFor(String retryAfter) throws IOException {
        send("503 " + retryAfter, "200");
        assertThat(pauses).containsExactly(LONGEST);
    }

    @Test
    void aDateIsATimeFromNow() throws IOException {
        String soon = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(20));
        send("503 " + soon, "200");
        assertThat(pauses.get(0).toSeconds()).isBetween(10L, 20L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-5", "1.5", "Sun, 06 Nov 1994 08:49:37 GMT"})
    void whatSaysNothingOrIsOverLeavesTheOwnPause(String retryAfter) throws IOException {
        send("503 " + retryAfter, "200");
        assertThat(pauses).containsExactly(FIRST);
    }

    @Test
    void aConnectionThatFailsIsTriedAgainAndThenTold() {
        server.stop(0);
        assertThatThrownBy(() -> send("200", "200", "200")).isInstanceOf(IOException.class);
        assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(2L, 4L);
    }
}
