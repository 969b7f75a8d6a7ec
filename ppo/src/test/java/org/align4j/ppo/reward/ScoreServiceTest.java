package org.align4j.ppo.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is asked of a service and what is made of its answers. */
class ScoreServiceTest {
    private static final List<Completion> RESPONSES = List.of(response("Hi", "there"), response(null, "\"you\""));
    private static final String GOOD = "200 {\"scores\": [1.5, -2]}";

    private final List<String> asked = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private Iterator<String> answers;

    private static Completion response(String prompt, String text) {
        return new Completion(new PromptTokens(0, new int[] {4, 5}, prompt), 0, new int[] {1}, text, true);
    }

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/score", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            String answer = answers.next();
            if (answer.equals("late")) {
                await();
            } else {
                byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.setExecutor(threads);
        server.start();
    }

    private void await() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private double[] scores(String... given) {
        return scores(Duration.ofSeconds(20), given);
    }

    private double[] scores(Duration timeout, String... given) {
        answers = List.of(given).iterator();
        String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/score";
        try (ScoreService service = ScoreService.of(address, timeout, 3, Duration.ofMillis(1))) {
            return service.scores(RESPONSES);
        }
    }

    @Test
    void promptsAndResponsesBecomeScores() {
        assertThat(scores(GOOD)).containsExactly(1.5, -2);
        assertThat(asked).hasSize(1);
        assertThat(asked.get(0))
                .contains("\"prompts\":[\"Hi\",\"[4, 5]\"]", "\"responses\":[\"there\",\"\\\"you\\\"\"]");
    }

    @Test
    void whatMayPassIsAskedAgain() {
        assertThat(scores("503 busy", "429 slower", GOOD)).containsExactly(1.5, -2);
        assertThat(asked).hasSize(3);
    }

    @Test
    void aLateAnswerIsAskedForAgain() {
        assertThat(scores(Duration.ofSeconds(1), "late", GOOD, GOOD)).containsExactly(1.5, -2);
    }

    @Test
    void whatDoesNotPassEndsTheStep() {
        assertThatThrownBy(() -> scores("500 x", "502 y", "503 no  room"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("status 503 (no room)");
        assertThatThrownBy(() -> scores("404 nothing here", GOOD)).hasMessageContaining("status 404 (nothing here)");
        assertThatThrownBy(() -> scores("200 <html>")).hasMessageContaining("no JSON: <html>");
        assertThatThrownBy(() -> scores("200 {\"score\": 1}")).hasMessageContaining("without a list \"scores\"");
        assertThat(asked).hasSize(6);
    }

    @Test
    void whatIsNoNumberIsNoScore() {
        assertThat(scores("200 {\"scores\": [null, 3]}")[0]).isNaN();
    }
}
