package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.Served;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.store.Store;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Lora;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Session;

/** A server's models without a server. */
final class TinkerBench implements AutoCloseable {
    private static final Lora LORA = new Lora(4, 11, false, true, true);

    final TinkerTable table;
    final SavedWeights weights;
    TinkerModels models;
    private final Store store;
    private final Shelf shelf;
    private final TrainerSettings settings;

    TinkerBench(Path place, int room, int snapshotCalls, long idleMillis) throws IOException {
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42);
        AnswerQueue.Limits limits = new AnswerQueue.Limits(10, 4, 1 << 28, Duration.ofSeconds(30));
        store = Store.open(place);
        shelf = Shelf.open(
                Map.of("tiny", Served.DEMO.resolve("model").toString()),
                new Shelf.Settings(engine, limits, Duration.ofMinutes(10), 1L << 30),
                TrainingLog.SILENT);
        table = new TinkerTable(store);
        weights = new SavedWeights(table, place.resolve("tinker"), shelf);
        long bytes = new TinkerModels(weights, shelf, settings(1, 1, 1))
                .base("tiny")
                .orElseThrow()
                .bytes(LORA);
        settings = settings(room * bytes, snapshotCalls, idleMillis);
        models = new TinkerModels(weights, shelf, settings);
        models.start();
    }

    /** Goes on with closed models, as a server's start does. */
    void startAnew() throws IOException {
        models = new TinkerModels(weights, shelf, settings);
        models.start();
    }

    private static TrainerSettings settings(long bytes, int snapshotCalls, long idleMillis) {
        return new TrainerSettings(
                ModelCalls.Settings.usual(Path.of(".")), idleMillis, bytes, snapshotCalls, 64L << 20);
    }

    Model model(String session, int number) throws IOException {
        return model(session, number, 11 + number);
    }

    Model model(String session, int number, int seed) throws IOException {
        if (table.session("p", session).isEmpty()) {
            table.add(new Session(session, "p", 0, Json.tree(null), null, null));
        }
        return models.create(
                new Model(
                        TrainingRoutes.id(session, number),
                        session,
                        "p",
                        Instant.EPOCH,
                        new Model.Making(
                                "create_model", "tiny", new Lora(4, seed, false, true, true), Json.tree(null), true)),
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
