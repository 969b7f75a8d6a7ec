package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What bodies may take of the heap, for a server of 4 MiB of them: 2 MiB for each payer. */
class IntakeTest {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private LocalServer server;

    private final class Holding implements Routes {
        @Override
        public String prefix() {
            return "";
        }

        @Override
        public void mount(RoutesConfig routes) {
            routes.before("/*", ctx -> Body.payer(ctx, String.valueOf(ctx.header("x-payer"))));
            routes.post("/json", ctx -> ctx.result(String.valueOf(Body.json(ctx).size())));
            routes.post("/bytes", ctx -> ctx.result(String.valueOf(Body.bytes(ctx, 1 << 24).length)));
            routes.post("/hold", ctx -> {
                int size = Body.json(ctx).size();
                boolean unused = goOn.await(20, TimeUnit.SECONDS);
                ctx.result(String.valueOf(size));
            });
        }
    }

    @BeforeEach
    void start() {
        Limits limits = new Limits(8192, 1 << 24, Duration.ofSeconds(5), 1024, 20, 100, 4 << 20);
        server =
                LocalServer.start(new LocalServer.Listening("127.0.0.1", 0, List.of()), limits, List.of(new Holding()));
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        server.close();
    }

    private CompletableFuture<HttpResponse<String>> send(String path, String payer, BodyPublisher body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + path))
                .timeout(Duration.ofSeconds(20))
                .header("x-payer", payer)
                .POST(body)
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String texts(int characters) {
        return "[\"" + "a".repeat(characters) + "\"]";
    }

    private void awaitHeld(long least) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (server.heldBytes() < least && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(server.heldBytes()).isGreaterThanOrEqualTo(least);
    }

    private void awaitNothingHeld() {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (server.heldBytes() > 0 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(server.heldBytes()).isZero();
    }

    /** Text costs by its bytes, values by their number: 100,000 empty lists are 300 kB and a hundred times that in memory. */
    @Test
    void aBodyThatTakesTooMuchIsRefused() {
        String lists = "[" + "[],".repeat(100_000) + "[]]";
        Map<BodyPublisher, Integer> bodies = Map.of(
                BodyPublishers.ofString(texts(300_000)), 200,
                BodyPublishers.ofString(texts(400_000)), 413,
                BodyPublishers.ofString(lists), 413,
                BodyPublishers.fromPublisher(BodyPublishers.ofString(lists)), 413);
        bodies.forEach((body, status) ->
                assertThat(send("/json", "a", body).join().statusCode()).isEqualTo(status));
        assertThat(send("/bytes", "a", BodyPublishers.ofByteArray(new byte[600_000]))
                        .join()
                        .body())
                .isEqualTo("600000");
        assertThat(send("/bytes", "a", BodyPublishers.ofByteArray(new byte[800_000]))
                        .join()
                        .statusCode())
                .isEqualTo(413);
        awaitNothingHeld();
    }

    @Test
    void aPayerHasHalfAndAllOfThemTheWhole() {
        List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
        held.add(send("/hold", "a", BodyPublishers.ofString(texts(300_000))));
        awaitHeld(1_800_000);
        HttpResponse<String> more =
                send("/json", "a", BodyPublishers.ofString(texts(100_000))).join();
        assertThat(more.statusCode()).isEqualTo(429);
        assertThat(more.headers().firstValue("Retry-After")).contains("2");
        held.add(send("/hold", "b", BodyPublishers.ofString(texts(300_000))));
        awaitHeld(3_600_000);
        assertThat(send("/json", "c", BodyPublishers.ofString(texts(100_000)))
                        .join()
                        .statusCode())
                .isEqualTo(503);
        assertThat(send("/json", "c", BodyPublishers.ofString(texts(10))).join().statusCode())
                .isEqualTo(200);
        goOn.countDown();
        held.forEach(each -> assertThat(each.join().statusCode()).isEqualTo(200));
        awaitNothingHeld();
        assertThat(send("/json", "a", BodyPublishers.ofString(texts(100_000)))
                        .join()
                        .statusCode())
                .isEqualTo(200);
    }
}
