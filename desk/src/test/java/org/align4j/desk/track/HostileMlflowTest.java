package org.align4j.desk.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.desk.track.MlflowServer.Point;
import org.align4j.desk.track.MlflowServer.RunPlace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that answers a tracked run without end, with another address, or with what isn't what was asked for. */
@Timeout(60)
class HostileMlflowTest {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private final AtomicInteger calls = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "hostile");
        thread.setDaemon(true);
        return thread;
    });
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private MlflowServer answering(Answer answer) {
        server.createContext("/", exchange -> {
            calls.incrementAndGet();
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                answer.to(exchange);
            } catch (IOException left) {
                // the client had enough
            }
        });
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        return new MlflowServer(address, PATIENCE, PATIENCE, Map.of());
    }

    private static void say(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 500})
    void aBodyWithoutEndIsLeft(int status) {
        MlflowServer mlflow = answering(exchange -> {
            exchange.sendResponseHeaders(status, 0);
            OutputStream out = exchange.getResponseBody();
            byte[] piece = "[".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
            while (!Thread.currentThread().isInterrupted()) {
                out.write(piece);
            }
        });
        assertThatThrownBy(() -> mlflow.experiment("x")).isInstanceOf(IOException.class);
        assertThat(calls).hasValue(1);
    }

    @Test
    void aRedirectIsNotFollowedAndIsSaid() {
        MlflowServer mlflow = answering(exchange -> {
            exchange.getResponseHeaders().set("Location", "http://169.254.169.254/latest/meta-data");
            say(exchange, 302, "");
        });
        assertThatThrownBy(() -> mlflow.experiment("x")).hasMessageContaining("sends on to http://169.254.169.254");
        assertThat(calls).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "[1]", "{}", "{\"experiment\":{\"experiment_id\":{}}}", "nested"})
    void whatIsNoAnswerOfMlflowIsSaid(String text) {
        MlflowServer mlflow =
                answering(exchange -> say(exchange, 200, text.equals("nested") ? "[".repeat(100_000) : text));
        assertThatThrownBy(() -> mlflow.experiment("x")).hasMessageContaining("no MLflow server");
    }

    /** Each page names another one; what is kept are the values that are asked about. */
    @Test
    void aHistoryWithoutEndIsLeft() {
        MlflowServer mlflow = answering(exchange -> say(
                exchange,
                200,
                "{\"metrics\":[{\"key\":\"k\",\"value\":1.5,\"timestamp\":1,\"step\":" + calls
                        + "}],\"next_page_token\":\"" + calls + "\"}"));
        assertThatThrownBy(() -> mlflow.known("r", "k", List.of(new Point("k", 2.5, 1, 1))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 1,000 pages");
        assertThat(calls).hasValue(1000);
    }

    @Test
    void whatWasAskedAboutEndsTheReading() throws IOException {
        MlflowServer mlflow = answering(exchange -> say(
                exchange,
                200,
                "{\"metrics\":[{\"key\":\"k\",\"value\":1.5,\"timestamp\":1,\"step\":" + calls
                        + "}],\"next_page_token\":\"" + calls + "\"}"));
        Point second = new Point("k", 1.5, 1, 2);
        Point fourth = new Point("k", 1.5, 1, 4);
        assertThat(mlflow.known("r", "k", List.of(second, fourth))).containsExactlyInAnyOrder(second, fourth);
        assertThat(calls).hasValue(4);
    }

    @Test
    void aValueThatIsNoNumberIsSaid() {
        MlflowServer mlflow = answering(exchange -> say(exchange, 200, "{\"metrics\":[{\"value\":\"much\"}]}"));
        assertThatThrownBy(() -> mlflow.known("r", "k", List.of(new Point("k", 1, 1, 1))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no number");
    }

    /** A run's files go to the server's own address, whatever place it names for them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/x",
                "file:///etc",
                "mlflow-artifacts:",
                "mlflow-artifacts://elsewhere:80/x",
                "mlflow-artifacts:/a b",
                "mlflow-artifacts:/../../x"
            })
    void filesGoNowhereElse(String place) throws IOException {
        Path file = Files.writeString(folder.resolve("report.html"), "x");
        MlflowServer mlflow = answering(exchange -> say(exchange, 200, "{}"));
        try {
            mlflow.file(new RunPlace("r", place), "report.html", file);
            assertThat(calls).hasValue(1);
        } catch (MlflowServer.Refused refused) {
            assertThat(calls).hasValue(0);
        }
    }
}
