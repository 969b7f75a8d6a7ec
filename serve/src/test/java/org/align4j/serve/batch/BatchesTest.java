package org.align4j.serve.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.align4j.core.files.Json;
import org.align4j.serve.batch.Batch.Problem;
import org.align4j.serve.batch.Batch.State;
import org.align4j.serve.batch.Batches.Answered;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.Space;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.ChildServer;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches whose answers repeat the request, so that what became of each can be told. */
class BatchesTest {
    private static final String CHATS = "/v1/chat/completions";
    private static final String PROJECT = "default";
    private static final Instant BEGIN = Instant.parse("2026-11-30T00:00:00Z");

    @TempDir
    Path folder;

    /** A server's folder with batches over it. */
    private static final class Bench implements AutoCloseable {
        private final Store store;
        private final StoredFiles files;
        private final Batches batches;

        Bench(Path folder, Batches.Answering answering, InstantSource clock) {
            store = Store.open(folder);
            files = new StoredFiles(store, folder, new Space(() -> Long.MAX_VALUE, null), clock);
            batches = Batches.open(store, files, answering, new Batches.Settings(3, clock, System.out::println));
        }

        Batch create(String text) throws IOException {
            try (Incoming incoming = files.begin(PROJECT)) {
                incoming.write(text.getBytes(StandardCharsets.UTF_8));
                String id = files.admit(incoming, PROJECT, new StoredFiles.Label("in.jsonl", "batch", null))
                        .id();
                return batches.create(
                        new Batch.Asked(PROJECT, "", CHATS, id, null, Map.of()), new Call("digest-" + id, null, false));
            }
        }

        Batch find(Batch batch) {
            return batches.find(PROJECT, batch.id()).orElseThrow();
        }

        Batch await(Batch batch, State state) throws InterruptedException {
            long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            Batch now = find(batch);
            while (now.state() != state) {
                assertThat(now.state().isFinal()).as(now.toString()).isFalse();
                assertThat(System.nanoTime()).as(now.toString()).isLessThan(until);
                TimeUnit.MILLISECONDS.sleep(20);
                now = find(batch);
            }
            return now;
        }

        List<JsonNode> lines(String file) throws IOException {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : Files.readAllLines(files.rows(PROJECT, file).orElseThrow())) {
                lines.add(Json.read(line));
            }
            return lines;
        }

        @Override
        public void close() {
            batches.close();
            store.close();
        }
    }

    private static String requests(int from, int count) {
        StringBuilder text = new StringBuilder();
        IntStream.range(from, from + count)
                .forEach(i -> text.append(request("r" + i, i)).append('\n'));
        return text.toString();
    }

    private static String request(String id, int content) {
        return Json.text(Map.of(
                "custom_id", id, "method", "POST", "url", CHATS, "body", Map.of("model", "tiny", "content", content)));
    }

    private static Answered echo(Batch.Asked batch, JsonNode body) {
        int content = body.path("content").asInt();
        return content % 10 == 3
                ? new Answered(400, Map.of("error", Map.of("message", "no " + content)), TokenCount.NONE)
                : new Answered(200, Map.of("said", content), new TokenCount(5, 2, 1));
    }

    private static List<String> ids(List<JsonNode> lines) {
        return lines.stream().map(line -> line.path("custom_id").asText()).toList();
    }

    @Test
    void answersComeInTheOrderOfTheLinesAndRefusalsApart() throws Exception {
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            bench.batches.start();
            Batch done = bench.await(bench.create(requests(0, 25)), State.COMPLETED);
            assertThat(done.counts()).isEqualTo(new Batch.Counts(25, 22, 3, new TokenCount(110, 44, 22)));
            List<JsonNode> answers = bench.lines(String.valueOf(done.output()));
            assertThat(ids(answers))
                    .containsExactlyElementsOf(IntStream.range(0, 25)
                            .filter(i -> i % 10 != 3)
                            .mapToObj(i -> "r" + i)
                            .toList());
            assertThat(answers.get(1).path("response").path("body").path("said").asInt())
                    .isEqualTo(1);
            List<JsonNode> refusals = bench.lines(String.valueOf(done.errors()));
            assertThat(ids(refusals)).containsExactly("r3", "r13", "r23");
            assertThat(refusals.get(0).path("response").path("status_code").asInt())
                    .isEqualTo(400);
            assertThat(refusals.get(0).path("error").isNull()).isTrue();
            assertThat(done.times())
                    .containsKeys(State.VALIDATING, State.IN_PROGRESS, State.FINALIZING, State.COMPLETED);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\"}|missing_required_parameter|body",
                "{\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"tiny\"}}|missing_required_parameter|custom_id",
                "{\"custom_id\":\"a\",\"method\":\"GET\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"tiny\"}}|missing_required_parameter|method",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{\"model\":\"tiny\"}}|url_mismatch|url",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{}}|missing_required_parameter|body.model",
                "{\"custom_id\":\"r0\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"tiny\"}}|duplicate_custom_id|custom_id",
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"other\"}}|model_mismatch|body.model",
                "{\"custom_id\":|invalid_json_line|",
            })
    void aBatchWhoseRequestsAreWrongFailsWithTheirLines(String line, String code, String param) throws Exception {
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            bench.batches.start();
            Batch failed = bench.await(bench.create(requests(0, 1) + "\n" + line + "\n"), State.FAILED);
            Problem problem = failed.problems().get(0);
            assertThat(failed.problems()).hasSize(1);
            assertThat(problem.code()).isEqualTo(code);
            assertThat(problem.line()).isEqualTo(3);
            assertThat(problem.param()).isEqualTo(param);
            assertThat(failed.output()).isNull();
        }
    }

    @Test
    void aBatchMayHaveSoManyRequests() throws Exception {
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            bench.batches.start();
            Batch failed = bench.await(bench.create(requests(0, BatchLines.MOST + 1)), State.FAILED);
            assertThat(failed.problems().get(0).code()).isEqualTo("too_many_tasks");
        }
    }

    @Test
    void aFullServerIsAskedAgainAndATroubledOneToo() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Batches.Answering full = (batch, body) -> {
            if (asked.incrementAndGet() <= 2) {
                throw Refusal.busy(503, "full", 1);
            }
            return echo(batch, body);
        };
        try (Bench bench = new Bench(folder, full, InstantSource.system())) {
            bench.batches.start();
            Batch done = bench.await(bench.create(requests(0, 3)), State.COMPLETED);
            assertThat(ids(bench.lines(String.valueOf(done.output())))).containsExactly("r0", "r1", "r2");
        }
    }

    @Test
    void aCancelledBatchKeepsWhatWasAnswered() throws Exception {
        CountDownLatch some = new CountDownLatch(4);
        CountDownLatch go = new CountDownLatch(1);
        Batches.Answering slow = (batch, body) -> {
            some.countDown();
            try {
                assertThat(go.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return echo(batch, body);
        };
        try (Bench bench = new Bench(folder, slow, InstantSource.system())) {
            bench.batches.start();
            Batch batch = bench.create(requests(100, 40));
            assertThat(some.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(bench.batches.cancel(batch).state()).isEqualTo(State.CANCELLING);
            assertThat(bench.batches.cancel(batch).state()).isEqualTo(State.CANCELLING);
            go.countDown();
            Batch done = bench.await(batch, State.CANCELLED);
            assertThat(done.counts().completed()).isBetween(3, 39);
            assertThat(done.counts().completed() + done.counts().failed()).isEqualTo(40);
            List<JsonNode> given = bench.lines(String.valueOf(done.errors()));
            assertThat(given.get(given.size() - 1).path("error").path("code").asText())
                    .isEqualTo("batch_cancelled");
            assertThatThrownBy(() -> bench.batches.cancel(done))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("Cannot cancel a batch with status 'cancelled'");
        }
    }

    /** The second batch ends only after all lines of the first were handed out and the keeper looked at it. */
    @Test
    void aBatchDoesNotEndBeforeItsLastAnswer() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Batches.Answering lastWaits = (batch, body) -> {
            try {
                assertThat(body.path("content").asInt() != 2 || go.await(1, TimeUnit.MINUTES))
                        .isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return echo(batch, body);
        };
        try (Bench bench = new Bench(folder, lastWaits, InstantSource.system())) {
            bench.batches.start();
            Batch waits = bench.create(requests(0, 3));
            bench.await(bench.create(requests(10, 3)), State.COMPLETED);
            assertThat(bench.find(waits).state()).isEqualTo(State.IN_PROGRESS);
            go.countDown();
            Batch done = bench.await(waits, State.COMPLETED);
            assertThat(ids(bench.lines(String.valueOf(done.output())))).containsExactly("r0", "r1", "r2");
        }
    }

    /** What is being answered when a batch is cancelled stands in its files. */
    @Test
    void aCancelledBatchWaitsForItsLastAnswer() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Batches.Answering firstWaits = (batch, body) -> {
            begun.countDown();
            try {
                assertThat(body.path("content").asInt() != 0 || go.await(1, TimeUnit.MINUTES))
                        .isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return echo(batch, body);
        };
        try (Bench bench = new Bench(folder, firstWaits, InstantSource.system())) {
            bench.batches.start();
            Batch cancelled = bench.create(requests(0, 1));
            assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
            bench.batches.cancel(cancelled);
            bench.await(bench.create(requests(10, 3)), State.COMPLETED);
            assertThat(bench.find(cancelled).state()).isEqualTo(State.CANCELLING);
            go.countDown();
            Batch done = bench.await(cancelled, State.CANCELLED);
            assertThat(ids(bench.lines(String.valueOf(done.output())))).containsExactly("r0");
        }
    }

    @Test
    void aBatchHasADay() throws Exception {
        AtomicInteger hours = new AtomicInteger();
        InstantSource clock = () -> BEGIN.plus(Duration.ofHours(hours.get()));
        Batches.Answering stuck = (batch, body) -> {
            if (body.path("content").asInt() > 4) {
                hours.set(24);
                throw Refusal.busy(503, "full", 1);
            }
            return echo(batch, body);
        };
        try (Bench bench = new Bench(folder, stuck, clock)) {
            bench.batches.start();
            Batch done = bench.await(bench.create(requests(4, 6)), State.EXPIRED);
            assertThat(ids(bench.lines(String.valueOf(done.output())))).containsExactly("r4");
            List<JsonNode> late = bench.lines(String.valueOf(done.errors()));
            assertThat(ids(late)).containsExactly("r5", "r6", "r7", "r8", "r9");
            assertThat(late.get(0).path("error").path("code").asText()).isEqualTo("batch_expired");
            assertThat(late.get(0).path("response").isNull()).isTrue();
        }
    }

    @Test
    void aRepeatedCallMakesNoSecondBatchAndTooManyWait() throws Exception {
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            Batch first = bench.create(requests(0, 2));
            Batch.Asked asked = first.asked();
            Call call = new Call("one", "key", false);
            Batch second = bench.batches.create(asked, call);
            assertThat(bench.batches.create(asked, call)).isEqualTo(second);
            assertThatThrownBy(() -> bench.batches.create(asked, new Call("other", "key", false)))
                    .isInstanceOf(Refusal.class);
            bench.create(requests(0, 1));
            assertThatThrownBy(() -> bench.create(requests(0, 1)))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.status()).isEqualTo(503));
            assertThat(bench.batches.needs(PROJECT, asked.input())).isTrue();
            assertThat(bench.batches.list(PROJECT, null, 2).items().get(1)).isEqualTo(second);
            assertThat(bench.batches.list(PROJECT, second.id(), 2).items()).containsExactly(first);
        }
    }

    /** A server of batches in a process of its own. */
    static final class Child {
        private Child() {}

        /** @param arguments the folder, and before which of its writes the process dies; 0: before none */
        public static void main(String[] arguments) throws InterruptedException {
            Path folder = Path.of(arguments[0]);
            AtomicInteger writes = ChildServer.haltBefore(Integer.parseInt(arguments[1]));
            Path told = folder.resolve("told.txt");
            try (Bench bench = new Bench(
                    folder,
                    (batch, body) -> {
                        write(told, body.path("content").asInt());
                        return echo(batch, body);
                    },
                    InstantSource.system())) {
                bench.batches.start();
                while (bench.batches.list(PROJECT, null, 100).items().stream()
                        .anyMatch(batch -> !batch.state().isFinal())) {
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            }
            System.out.println("writes " + writes.get());
        }

        private static synchronized void write(Path told, int content) {
            try {
                Files.writeString(told, content + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                TimeUnit.MILLISECONDS.sleep(4);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Tag("long")
    @Test
    void killsLoseNothingAndTellNothingTwice() throws Exception {
        List<Batch> batches = new ArrayList<>();
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            for (int i = 0; i < 3; i++) {
                batches.add(bench.create(requests(1000 * i, 60)));
            }
        }
        Random random = new Random(35);
        int halts = 0;
        int kills = 0;
        for (int i = 0; i < 10; i++) {
            halts += ChildServer.start(Child.class, folder, 1 + random.nextInt(50))
                            .end()
                    ? 0
                    : 1;
            ChildServer server = ChildServer.start(Child.class, folder, 0);
            TimeUnit.MILLISECONDS.sleep(400 + random.nextInt(400));
            kills += server.isAlive() ? 1 : 0;
            server.kill();
        }
        assertThat(ChildServer.start(Child.class, folder, 0).end()).isTrue();
        System.out.println("batches: " + halts + " halts between two writes, " + kills + " kills");
        assertThat(halts).isPositive();
        assertThat(kills).isPositive();
        try (Bench bench = new Bench(folder, BatchesTest::echo, InstantSource.system())) {
            for (int i = 0; i < 3; i++) {
                int from = 1000 * i;
                Batch done = bench.find(batches.get(i));
                assertThat(done.state()).isEqualTo(State.COMPLETED);
                assertThat(done.counts()).isEqualTo(new Batch.Counts(60, 54, 6, new TokenCount(270, 108, 54)));
                List<String> ids = new ArrayList<>(ids(bench.lines(String.valueOf(done.output()))));
                ids.addAll(ids(bench.lines(String.valueOf(done.errors()))));
                assertThat(ids)
                        .containsExactlyInAnyOrderElementsOf(IntStream.range(from, from + 60)
                                .mapToObj(each -> "r" + each)
                                .toList());
            }
            assertThat(bench.files
                            .list(PROJECT, new StoredFiles.Page(null, 100, true, BatchResults.PURPOSE))
                            .items())
                    .hasSize(6);
        }
    }
}
