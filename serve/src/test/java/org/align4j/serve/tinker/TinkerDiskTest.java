package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.FaultyDisk.Fault;
import org.align4j.serve.tinker.ModelCalls.Form;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up at any moment of a training, under the log, a result, a state or saved weights, loses nothing and makes nothing twice. */
class TinkerDiskTest {
    private static final int SEED = 11;
    private static final int SNAPSHOT = 3;
    private static final String SESSION = "d".repeat(32);
    /** Each seventh operation of the disk in a soak, else few of those more than thousand. */
    private static final int STRIDE = Boolean.getBoolean("align4j.soak") ? 7 : 101;

    @TempDir
    Path folder;

    /** A client as the SDK is one: it repeats what is refused, and asks again for what isn't made yet, until somebody makes room. */
    private static final class Client {
        private final TinkerBench bench;
        private final Model model;
        private final FaultyDisk disk;
        private final boolean restarts;
        private long number = 1;
        private boolean full;

        Client(TinkerBench bench, Model model, FaultyDisk disk, boolean restarts) {
            this.bench = bench;
            this.model = model;
            this.disk = disk;
            this.restarts = restarts;
        }

        byte[] made(Kind kind, byte[] body) throws IOException, InterruptedException {
            long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (true) {
                boolean refused = false;
                try {
                    bench.models.submit(model, number, kind, body);
                    Outcome outcome = bench.models.await(model, number, 5);
                    if (outcome != null) {
                        String said = new String(outcome.body(), StandardCharsets.UTF_8);
                        assertThat(outcome.form()).as(said).isNotEqualTo(Form.FAILURE);
                        number++;
                        return outcome.body();
                    }
                } catch (RuntimeException failed) {
                    assertThat(FileFailure.isDiskFull(failed))
                            .as(String.valueOf(failed))
                            .isTrue();
                    refused = true;
                }
                if (refused || bench.models.waitsFor(model) != null) {
                    makeRoom();
                }
                assertThat(System.nanoTime()).as("call " + number).isLessThan(until);
            }
        }

        private void makeRoom() throws IOException {
            full = true;
            if (restarts) {
                bench.models.close();
            }
            disk.close();
            if (restarts) {
                bench.startAnew();
            }
        }

        private byte[] forward(boolean learns, int... text) throws IOException, InterruptedException {
            byte[] body = TinkerClient.Body.of(model.id(), number, learns, text).bytes();
            return made(Kind.FORWARD, body);
        }

        private byte[] json(Kind kind, String text) throws IOException, InterruptedException {
            return made(kind, text.getBytes(StandardCharsets.UTF_8));
        }

        /** Forwards, steps, saved and loaded weights; returns what the last step and the last forward say. */
        List<byte[]> train() throws IOException, InterruptedException {
            String step = "{\"adam_params\": {\"learning_rate\": 0.01}}";
            forward(true, 1, 2, 3, 4);
            forward(true, 9, 8, 7);
            json(Kind.STEP, step);
            json(Kind.SAVE, "{\"path\": \"middle\"}");
            forward(true, 5, 6, 7);
            json(Kind.STEP, step);
            json(Kind.LOAD, "{\"path\": \"tinker://" + model.id() + "/weights/middle\", \"optimizer\": true}");
            json(Kind.SAVE_SAMPLER, "{\"path\": \"sampled\"}");
            forward(true, 4, 3, 2);
            List<byte[]> end = new ArrayList<>();
            end.add(json(Kind.STEP, step));
            end.add(forward(false, 5, 4, 3, 2, 1));
            return end;
        }
    }

    @Tag("long")
    @Test
    void aFullDiskIsWaitedFor() throws Exception {
        try (TinkerBench bench = new TinkerBench(folder, 1000, SNAPSHOT, 600_000)) {
            List<byte[]> undisturbed;
            int operations;
            try (FaultyDisk counting = FaultyDisk.counting(bench.weights.folder(TrainingRoutes.id(SESSION, 0)))) {
                Model model = bench.model(SESSION, 0, SEED);
                undisturbed = new Client(bench, model, counting, false).train();
                operations = counting.operations().size();
            }
            int met = 0;
            int trials = 0;
            for (int first = 1; first <= operations; first += STRIDE) {
                Model model = bench.model(SESSION, first, SEED);
                try (FaultyDisk disk = FaultyDisk.below(bench.weights.folder(model.id()), first, Fault.FROM_THEN_ON)) {
                    Client client = new Client(bench, model, disk, first % 2 == 0);
                    assertThat(client.train().toArray(byte[][]::new))
                            .as("full from operation " + first)
                            .isDeepEqualTo(undisturbed.toArray(byte[][]::new));
                    met += client.full ? 1 : 0;
                    trials++;
                }
            }
            assertThat(met)
                    .as("moments at which the disk was full for the client")
                    .isGreaterThan(trials * 3 / 4);
            System.out.println("a disk that fills up: " + met + " of " + trials + " moments of " + operations);
        }
    }
}
