package org.align4j.ppo.rollout;

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
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.Rewards;
import org.align4j.core.web.DrippingServer;
import org.align4j.core.web.ServiceKey;
import org.align4j.ppo.rollout.HttpReward.ScoreService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of a service and what is made of its answers. */
class ScoreServiceTest {
    private static final List<Completion> RESPONSES = List.of(response("Hi", "there"), response(null, "\"you\""));
    private static final String GOOD = "200 {\"scores\": [1.5, -2]}";

    private final List<String> asked = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private @Nullable ServiceKey key;
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
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
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
        return scores(RESPONSES, timeout, given);
    }

    private double[] scores(List<Completion> responses, Duration timeout, String... given) {
        answers = List.of(given).iterator();
        String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/score";
        try (ScoreService service = ScoreService.of(address, key, timeout, 3, Duration.ofMillis(1))) {
            return service.scores(responses);
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
    void rowsWithoutOtherFieldsSendPromptsAndResponsesAlone() {
        scores(GOOD);
        assertThat(asked)
                .containsExactly("{\"prompts\":[\"Hi\",\"[4, 5]\"],\"responses\":[\"there\",\"\\\"you\\\"\"]}");
    }

    @Test
    void theOtherFieldsOfRowsAreSentOneObjectForEachResponse() {
        Map<String, Object> fields = Map.of("tests", List.of("assert f(1) == 2", 3));
        PromptTokens prompt = new PromptTokens(0, new int[] {4}, "Hi", null, fields);
        List<Completion> responses =
                List.of(new Completion(prompt, 0, new int[] {1}, "there", true), response("Ho", "here"));
        assertThat(scores(responses, Duration.ofSeconds(20), GOOD)).containsExactly(1.5, -2);
        assertThat(asked)
                .containsExactly("{\"prompts\":[\"Hi\",\"Ho\"],\"responses\":[\"there\",\"here\"],"
                        + "\"fields\":[{\"tests\":[\"assert f(1) == 2\",3]},{}]}");
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
    void theKeyGoesInAHeaderAndIsTakenOutOfWhatIsTold() {
        assertThat(scores(GOOD)).hasSize(2);
        key = ServiceKey.require("reward-key", "K", Map.of("K", "sk-S3CRET"));
        assertThat(scores(GOOD)).hasSize(2);
        assertThat(keys).containsExactly("null", "Bearer sk-S3CRET");
        for (String answer : List.of("403 wrong key sk-S3CRET", "200 sk-S3CRET", "200 {\"key\": \"sk-S3CRET\"}")) {
            assertThatThrownBy(() -> scores(answer))
                    .isInstanceOf(RunException.class)
                    .hasMessageNotContaining("S3CRET")
                    .hasMessageContaining("…");
        }
    }

    @Test
    void aRedirectIsAFailure() {
        assertThatThrownBy(() -> scores("302 elsewhere"))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("it redirects (status 302), which isn't followed");
    }

    @Test
    @Timeout(60)
    void anAnswerThatDripsIsLate() throws IOException {
        try (DrippingServer dripping = new DrippingServer();
                ScoreService service = ScoreService.of(
                        dripping.address() + "/score?key=S3CRET",
                        null,
                        Duration.ofMillis(400),
                        2,
                        Duration.ofMillis(1))) {
            assertThatThrownBy(() -> service.scores(RESPONSES))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("/score?key=… failed: it gave no whole answer within 0.4 s");
            assertThat(dripping.asked()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:S3CRET@localhost/score",
                "http://S3CRET@localhost/score",
                "http://localhost/score?token=S3CRET",
                "http://localhost/score?n=1&x=S3CRET",
                "http://us er:S3CRET@localhost/score"
            })
    void aNewRunKeepsNoSecretOfAnAddress(String address) {
        assertThatThrownBy(() -> Rewards.requireNew(List.of("length", address), null))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("reward is http://", "reward-key", "file:PATH")
                .hasMessageNotContaining("S3CRET");
    }

    /** Runs that were begun with such an address before go on as they did: the user was never sent. */
    @Test
    void anOldAddressWithAUserIsAskedAsEver() {
        answers = List.of("200 {\"scores\": [1, 2]}", "404 Cannot POST /score?token=S3CRET")
                .iterator();
        String address = "http://user:S3CRET@127.0.0.1:" + server.getAddress().getPort() + "/score?token=S3CRET";
        try (ScoreService service = ScoreService.of(address, null, Duration.ofSeconds(20), 1, Duration.ZERO)) {
            assertThat(service.scores(RESPONSES)).containsExactly(1, 2);
            assertThatThrownBy(() -> service.scores(RESPONSES))
                    .hasMessageContaining("/score?token=… failed")
                    .hasMessageNotContaining("S3CRET");
        }
        assertThat(keys).containsExactly("null", "null");
    }

    @Test
    void aKeyMustBeThereAndOfUse() {
        Rewards.requireNew(List.of("http://localhost/score?mode=fast"), null);
        assertThatThrownBy(() -> Rewards.requireNew(List.of("http://localhost/score"), "NO_SUCH_VARIABLE"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("reward-key names an environment variable that isn't set");
        assertThatThrownBy(() -> Rewards.requireNew(List.of("length"), "SOME"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no reward (length) is a service");
    }

    @Test
    void whatIsNoNumberIsNoScore() {
        assertThat(scores("200 {\"scores\": [null, 3]}")[0]).isNaN();
    }
}
