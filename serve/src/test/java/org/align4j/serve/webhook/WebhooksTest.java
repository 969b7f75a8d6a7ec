package org.align4j.serve.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.store.Notices;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Outgoing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses on loopback that are told what happens, and that sometimes don't listen. */
class WebhooksTest {
    private static final byte[] SECRET = "0123456789abcdef0123".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger deaf = new AtomicInteger();
    private HttpServer receiver;

    /** A message as it came. */
    private record Heard(Headers headers, String body) {}

    @BeforeEach
    void listen() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", exchange -> {
            heard.add(new Heard(
                    exchange.getRequestHeaders(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(deaf.getAndDecrement() > 0 ? 500 : 200, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    private String host() {
        return "127.0.0.1:" + receiver.getAddress().getPort();
    }

    private Path file(String events) throws IOException {
        Path file = folder.resolve("hooks.json");
        Files.writeString(
                file,
                "[{\"url\": \"http://" + host() + "/hook\", \"secret\": \"whsec_"
                        + Base64.getEncoder().encodeToString(SECRET) + "\"" + events + "}]");
        return file;
    }

    private Heard next() throws InterruptedException {
        Heard next = heard.poll(1, TimeUnit.MINUTES);
        assertThat(next).isNotNull();
        return next;
    }

    private static void requireSigned(Heard message) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
        String signed = message.headers.getFirst("webhook-id") + "." + message.headers.getFirst("webhook-timestamp")
                + "." + message.body;
        assertThat(message.headers.getFirst("webhook-signature"))
                .isEqualTo("v1,"
                        + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void jobsAndBatchesThatEndAreTold() throws Exception {
        Served.Setting setting = Served.Setting.USUAL.allowing(host()).telling(file(""));
        try (Served served = Served.start(folder.resolve("d"), setting)) {
            String rows = served.rows(Served.chats(0, 3));
            String job = served.post("/v1/fine_tuning/jobs", Map.of("model", "tiny", "training_file", rows))
                    .json()
                    .path("id")
                    .asText();
            Heard first = next();
            requireSigned(first);
            JsonNode message = Json.read(first.body);
            assertThat(message.path("type").asText()).isEqualTo("fine_tuning.job.failed");
            assertThat(message.path("data").path("id").asText()).isEqualTo(job);
            assertThat(message.path("id").asText()).isEqualTo(first.headers.getFirst("webhook-id"));
            String input = served.upload(
                            "in.jsonl", "{\"custom_id\": 1}\n".getBytes(StandardCharsets.UTF_8), "purpose", "batch")
                    .json()
                    .path("id")
                    .asText();
            served.post(
                    "/v1/batches",
                    Map.of("input_file_id", input, "endpoint", "/v1/completions", "completion_window", "24h"));
            assertThat(Json.read(next().body).path("type").asText()).isEqualTo("batch.failed");
        }
    }

    private Webhooks.Settings settings(AtomicReference<Instant> now, List<String> log) {
        Outgoing outgoing = new Outgoing(AllowedAddresses.of(List.of(host())), Duration.ofSeconds(5), 1000);
        return new Webhooks.Settings(outgoing, now::get, sentence -> {
            synchronized (log) {
                log.add(sentence);
            }
        });
    }

    private static void enter(Store store, String type) {
        store.change(connection -> {
            Sql sql = new Sql(connection);
            sql.update(
                    "INSERT INTO batches (id, project, asker, endpoint, input, state, times, metadata, digest, created)"
                            + " VALUES ('batch_1', 'default', '', '', '', 'COMPLETED', '{}', '{}', '', 0) ON CONFLICT DO NOTHING");
            Notices.enter(sql, "batches", 1, type, 7);
        });
    }

    private static void awaitWaiting(Webhooks webhooks, long count) throws InterruptedException {
        for (int look = 0; look < 600 && webhooks.waiting() != count; look++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertThat(webhooks.waiting()).isEqualTo(count);
    }

    @Test
    void aDeafAddressIsToldAgainOverRestartsAndGivenUpAtLast() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_000));
        List<String> log = new ArrayList<>();
        deaf.set(1000);
        try (Store store = Store.open(folder.resolve("d"))) {
            enter(store, "batch.completed");
            String id = null;
            for (int attempt = 0; attempt <= Webhooks.PAUSES.size(); attempt++) {
                try (Webhooks webhooks = Webhooks.open(store, file(""), settings(now, log))) {
                    webhooks.start();
                    Heard message = next();
                    requireSigned(message);
                    String told = message.headers.getFirst("webhook-id");
                    assertThat(told).isEqualTo(id == null ? told : id);
                    id = told;
                    if (attempt < Webhooks.PAUSES.size()) {
                        long due = now.get().getEpochSecond()
                                + Webhooks.PAUSES.get(attempt).toSeconds();
                        for (int look = 0; look < 600 && tries(store) <= attempt; look++) {
                            TimeUnit.MILLISECONDS.sleep(20);
                        }
                        assertThat(heard).as("a try before its time").isEmpty();
                        now.set(Instant.ofEpochSecond(due));
                    } else {
                        awaitWaiting(webhooks, 0);
                    }
                }
            }
            assertThat(log).last().asString().contains("isn't tried again").contains("status 500");
            assertThat(store.<Long>read(connection -> new Sql(connection).number("SELECT COUNT(*) FROM notices")))
                    .isZero();
        }
    }

    private static long tries(Store store) {
        return store.read(connection -> new Sql(connection).number("SELECT COALESCE(MAX(tries), 0) FROM deliveries"));
    }

    @Test
    void anAddressHearsOfWhatItAskedForAlone() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_000));
        try (Store store = Store.open(folder.resolve("d"));
                Webhooks webhooks = Webhooks.open(
                        store, file(", \"events\": [\"batch.failed\"]"), settings(now, new ArrayList<>()))) {
            enter(store, "batch.completed");
            enter(store, "batch.failed");
            webhooks.start();
            assertThat(Json.read(next().body).path("type").asText()).isEqualTo("batch.failed");
            awaitWaiting(webhooks, 0);
            assertThat(heard).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|must hold an array",
                "[{\"url\": \"http://HOST/x\", \"secret\": \"short\"}]|secret must be whsec_",
                "[{\"url\": \"http://HOST/x\", \"secret\": \"whsec_AAAA\"}]|secret must be whsec_",
                "[{\"url\": \"http://10.1.2.3/x\", \"secret\": \"GOOD\"}]|url can't be sent to",
                "[{\"url\": \"ftp://HOST/x\", \"secret\": \"GOOD\"}]|url can't be sent to",
                "[{\"url\": \"http://HOST/x\", \"secret\": \"GOOD\", \"events\": [\"eval.run\"]}]|events must be",
                "[{\"url\": \"http://HOST/x\", \"secret\": \"GOOD\", \"retries\": 3}]|is no field",
                "[{\"url\": \"http://HOST/x\", \"secret\": \"GOOD\"}, {\"url\": \"http://HOST/x\", \"secret\": \"GOOD\"}]|twice",
                "[{|no JSON",
            })
    void aFileThatIsWrongIsRefusedAtStart(String text, String said) throws IOException {
        Path file = folder.resolve("hooks.json");
        String secret = "whsec_" + Base64.getEncoder().encodeToString(SECRET);
        Files.writeString(file, text.replace("HOST", host()).replace("GOOD", secret));
        AllowedAddresses allowed = AllowedAddresses.of(List.of(host()));
        assertThatThrownBy(() -> Hook.read(file, allowed))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(said)
                .hasMessageNotContaining(secret);
    }
}
