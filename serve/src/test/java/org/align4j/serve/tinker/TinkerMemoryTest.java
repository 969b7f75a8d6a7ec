package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.EngineOptions.DeviceChoice;
import org.align4j.core.session.options.EngineOptions.DtypeChoice;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.Served;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.store.Store;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Lora;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that share memory have the bits that each has alone, whoever leaves memory meanwhile and however often. */
class TinkerMemoryTest {
    private static final Lora LORA = new Lora(4, 11, false, true, true);
    private static final int ROUNDS = 6;

    @TempDir
    Path folder;

    /** A server's models without a server. */
    private final class Bench implements AutoCloseable {
        private final Store store;
        private final Shelf shelf;
        private final TinkerTable table;
        private final TinkerModels models;

        Bench(Path place, int room, int snapshotCalls, long idleMillis) throws IOException {
            EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42);
            AnswerQueue.Limits limits = new AnswerQueue.Limits(10, 4, 1 << 28, Duration.ofSeconds(30));
            store = Store.open(place);
            shelf = Shelf.open(
                    Map.of("tiny", Served.DEMO.resolve("model").toString()),
                    new Shelf.Settings(engine, limits, Duration.ofMinutes(10), 1L << 30),
                    TrainingLog.SILENT);
            table = new TinkerTable(store);
            SavedWeights weights = new SavedWeights(table, place.resolve("tinker"), shelf);
            long bytes = new TinkerModels(weights, shelf, settings(1, 1, 1))
                    .base("tiny")
                    .orElseThrow()
                    .bytes(LORA);
            models = new TinkerModels(weights, shelf, settings(room * bytes, snapshotCalls, idleMillis));
            models.start();
        }

        private static TrainerSettings settings(long bytes, int snapshotCalls, long idleMillis) {
            return new TrainerSettings(ModelCalls.Settings.USUAL, idleMillis, bytes, snapshotCalls, 64L << 20);
        }

        Model model(String session, int number) throws IOException {
            if (table.session("p", session).isEmpty()) {
                table.add(new Session(session, "p", 0, Json.tree(null), null, null));
            }
            return models.create(
                    new Model(
                            TrainingRoutes.id(session, number),
                            session,
                            "p",
                            Instant.EPOCH,
                            "create_model",
                            "tiny",
                            new Lora(4, 11 + number, false, true, true),
                            Json.tree(null),
                            true),
                    null);
        }

        Outcome made(Model model, long number, Kind kind, byte[] body) {
            models.submit(model, number, kind, body);
            Outcome outcome = models.await(model, number, 60_000);
            assertThat(outcome).isNotNull();
            return outcome;
        }

        /** Two forwards and a step in each round; what the last forward says. */
        byte[] trained(Model model, int rounds) {
            long number = 1;
            for (int round = 0; round < rounds; round++) {
                made(
                        model,
                        number,
                        Kind.FORWARD,
                        TinkerClient.Body.of(model.id(), number++, true, 1 + round, 2, 3, 4)
                                .bytes());
                made(
                        model,
                        number,
                        Kind.FORWARD,
                        TinkerClient.Body.of(model.id(), number++, true, 9, 8, 7 + round)
                                .bytes());
                byte[] step = "{\"adam_params\": {\"learning_rate\": 0.01}}".getBytes(StandardCharsets.UTF_8);
                assertThat(made(model, number++, Kind.STEP, step).form()).isEqualTo(ModelCalls.Form.DOCUMENT);
            }
            return made(
                            model,
                            number,
                            Kind.FORWARD,
                            TinkerClient.Body.of(model.id(), number, false, 5, 4, 3, 2, 1)
                                    .bytes())
                    .body();
        }

        @Override
        public void close() {
            models.close();
            shelf.close();
            store.close();
        }
    }

    @Test
    void fourModelsOfTwoClientsInRoomForTwo() throws Exception {
        List<byte[]> alone = new ArrayList<>();
        try (Bench bench = new Bench(folder.resolve("alone"), 4, 64, 600_000)) {
            for (int number = 0; number < 4; number++) {
                alone.add(bench.trained(bench.model("a".repeat(32), number), ROUNDS));
            }
            assertThat(bench.models.inMemory()).isEqualTo(4);
        }
        try (Bench bench = new Bench(folder.resolve("company"), 2, 64, 600_000)) {
            List<CompletableFuture<byte[]>> company = new ArrayList<>();
            for (int number = 0; number < 4; number++) {
                Model model = bench.model((number % 2 == 0 ? "b" : "c").repeat(32), number);
                company.add(CompletableFuture.supplyAsync(() -> bench.trained(model, ROUNDS)));
            }
            for (int number = 0; number < 4; number++) {
                assertThat(company.get(number).get()).isEqualTo(alone.get(number));
            }
            assertThat(bench.models.inMemory()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aModelThatWasPutAwayOrSnapshottedOftenGoesOnToTheSameBits() throws Exception {
        byte[] alone;
        try (Bench bench = new Bench(folder.resolve("alone"), 1, 1000, 600_000)) {
            alone = bench.trained(bench.model("a".repeat(32), 0), ROUNDS);
        }
        try (Bench bench = new Bench(folder.resolve("often"), 1, 2, 1)) {
            assertThat(bench.trained(bench.model("a".repeat(32), 0), ROUNDS)).isEqualTo(alone);
        }
    }

    /** Gradients half added at the end of one server are there in the next, whether it was closed or only left its log. */
    @Test
    void aStepAfterARestartTakesTheGradientsOfBefore() throws Exception {
        byte[] alone;
        try (Bench bench = new Bench(folder.resolve("alone"), 1, 1000, 600_000)) {
            alone = half(bench, bench.model("a".repeat(32), 0), 0);
        }
        Path cut = folder.resolve("cut");
        try (Bench bench = new Bench(cut, 1, 1000, 600_000)) {
            half(bench, bench.model("a".repeat(32), 0), 1);
        }
        try (Bench bench = new Bench(cut, 1, 1000, 600_000)) {
            assertThat(half(bench, bench.model("a".repeat(32), 0), 2)).isEqualTo(alone);
        }
    }

    private static byte[] half(Bench bench, Model model, int part) {
        String id = model.id();
        if (part < 2) {
            bench.made(
                    model,
                    1,
                    Kind.FORWARD,
                    TinkerClient.Body.of(id, 1, true, 1, 2, 3).bytes());
        }
        if (part == 1) {
            return new byte[0];
        }
        bench.made(
                model,
                2,
                Kind.FORWARD,
                TinkerClient.Body.of(id, 2, true, 4, 5, 6).bytes());
        bench.made(model, 3, Kind.STEP, "{\"adam_params\": {}}".getBytes(StandardCharsets.UTF_8));
        return bench.made(
                        model,
                        4,
                        Kind.FORWARD,
                        TinkerClient.Body.of(id, 4, false, 7, 8, 9).bytes())
                .body();
    }
}
