package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A step that is not finite, by {@code --on-nan}: 40 steps, epochs of 14 steps with a checkpoint at the end of each, so that step 18
 * goes back to step 14.
 */
class NotFiniteTest {
    private static final int STEP = 18;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path whole;

    private static final ArrayModel undisturbed = new ArrayModel(true, moment -> {});

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    @BeforeAll
    static void runUndisturbed() {
        ArrayRun.train(whole.resolve("undisturbed"), undisturbed, ArrayRun.AUTO);
    }

    private void train(Path run, Planted planted, ArrayModel model, Integer saveEvery, OnNan onNan) {
        try (RunDirectory directory = ArrayRun.directory(run)) {
            ArrayRun.loop(ArrayRun.options(ArrayRun.STEPS, ArrayRun.keeping(saveEvery, onNan)), planted, planted)
                    .run(
                            directory,
                            ArrayRun.FACTS,
                            List.of(new Product("adapter", model.product())),
                            new TrainingLog(event -> {
                                if (event instanceof RunEvent.Progress note) {
                                    notes.add(note.label());
                                }
                            }));
        }
    }

    private ArrayModel trained(Path run, Planted.Place place, Integer saveEvery, OnNan onNan) {
        ArrayModel model = new ArrayModel(true, moment -> {});
        train(run, Planted.at(model, place, STEP, STEP), model, saveEvery, onNan);
        return model;
    }

    private static double updates(ArrayModel model) {
        return model.state()[18];
    }

    private static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private static List<String> figures(Path run, int from, int to) throws IOException {
        return ArrayRun.figures(run).subList(from, to);
    }

    @ParameterizedTest
    @CsvSource({"LOSS,Loss became NaN at step 18 (rows", "GRADIENT,Gradient norm became NaN at step 18 (rows"})
    void skipLeavesTheStepOutAndTheScheduleGoesOn(Planted.Place place, String words) throws IOException {
        Path run = folder.resolve("run");
        ArrayModel model = trained(run, place, 1, OnNan.SKIP);
        Path before = run.resolve("checkpoints/step-000017");
        for (String file : List.of("adapter/weights.bin", "first.bin", "second.bin", "memory.bin")) {
            assertThat(run.resolve("checkpoints/step-000018").resolve(file))
                    .hasSameBinaryContentAs(before.resolve(file));
        }
        assertThat(figures(run, 0, STEP + 1)).isEqualTo(figures(whole.resolve("undisturbed"), 0, STEP + 1));
        JsonNode line = JSON.readTree(ArrayRun.figures(run).get(STEP + 1));
        assertThat(line.get("step").asInt()).isEqualTo(STEP);
        assertThat(line.get("num_skipped").asInt()).isEqualTo(4);
        assertThat(line.get(place == Planted.Place.LOSS ? "loss" : "grad_norm").isNull())
                .isTrue();
        List<String> rates = List.of("learning_rate", "num_tokens", "num_padding_tokens");
        JsonNode next = JSON.readTree(ArrayRun.figures(run).get(STEP + 2));
        JsonNode other =
                JSON.readTree(ArrayRun.figures(whole.resolve("undisturbed")).get(STEP + 2));
        rates.forEach(rate -> assertThat(next.get(rate)).isEqualTo(other.get(rate)));
        if (place == Planted.Place.GRADIENT) {
            assertThat(updates(model)).isEqualTo(ArrayRun.STEPS - 1);
        }
        assertThat(notes)
                .anyMatch(note -> note.startsWith(words) && note.endsWith("skipped; the run goes on with step 19."));
        JsonNode told = json(run.resolve("manifest.json")).get("not_finite").get(0);
        assertThat(told.get("step").asInt()).isEqualTo(STEP);
        assertThat(told.get("done").asText()).isEqualTo("skipped");
        assertThat(told.get("rows")).hasSize(place == Planted.Place.LOSS ? 1 : 4);
        assertThat(json(run.resolve("result.json")).get("warnings").toString()).contains("not finite", "18");
    }

    /** The row is met again in epoch 3: by then no step takes it. */
    @Test
    void rollBackTakesTheStepsSinceTheCheckpointAgainWithoutTheRow() throws IOException {
        Path run = folder.resolve("run");
        ArrayModel model = new ArrayModel(true, moment -> {});
        Planted planted = Planted.at(model, Planted.Place.LOSS, STEP, STEP);
        train(run, planted, model, null, OnNan.ROLL_BACK);

        ArrayModel other = new ArrayModel(true, moment -> {});
        train(folder.resolve("other"), Planted.without(other, planted.row(), STEP), other, null, OnNan.FAIL);
        assertThat(model.state()).containsExactly(other.state());
        List<String> lines = new ArrayList<>(ArrayRun.figures(run));
        assertThat(lines.get(STEP + 1)).contains("\"num_left_out\":1,\"num_rolled_back\":1,\"num_tokens\"");
        lines.replaceAll(line -> line.replaceAll("\"num_(left_out|rolled_back)\":1,", ""));
        assertThat(lines).isEqualTo(ArrayRun.figures(folder.resolve("other")));
        assertThat(notes)
                .anyMatch(note -> note.startsWith("Loss became NaN at step 18")
                        && note.endsWith("goes back to its state after step 14; from step 18 on it does without rows ["
                                + 2 * planted.row() + "]."));
        JsonNode told = json(run.resolve("manifest.json")).get("not_finite").get(0);
        assertThat(told.get("rows").get(0).asInt()).isEqualTo(2 * planted.row());
        assertThat(told.get("done").asText()).isEqualTo("rolled back");
    }

    /** No row is to blame: all four go, so that step 18 is passed over, and what they would have given later is missing too. */
    @Test
    void rollBackLeavesOutTheWholeBatchWhereNoRowIsToBlame() throws IOException {
        Path run = folder.resolve("run");
        ArrayModel model = trained(run, Planted.Place.GRADIENT, null, OnNan.ROLL_BACK);
        assertThat(updates(model)).isEqualTo(ArrayRun.STEPS - 1);
        List<JsonNode> steps = new ArrayList<>();
        for (String line : ArrayRun.figures(run)) {
            JsonNode node = JSON.readTree(line);
            if (node.path("step").asInt() == STEP) {
                steps.add(node);
            }
        }
        assertThat(steps)
                .singleElement()
                .matches(line -> line.get("num_skipped").asInt() == 0
                        && line.get("num_left_out").asInt() == 4);
        assertThat(json(run.resolve("result.json")).get("status").asText()).isEqualTo("done");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 14})
    void aMomentThatIsNotFiniteIsNeitherAppliedNorSavedAndRollBackMendsIt(int saveEvery) throws IOException {
        Path run = folder.resolve("run");
        ArrayModel model = trained(run, Planted.Place.SLOT, saveEvery, OnNan.ROLL_BACK);
        assertThat(model.state()).containsExactly(undisturbed.state());
        List<String> lines = new ArrayList<>(ArrayRun.figures(run));
        lines.replaceAll(line -> line.replace("\"num_rolled_back\":1,", ""));
        assertThat(lines).isEqualTo(ArrayRun.figures(whole.resolve("undisturbed")));
        assertThat(notes)
                .anyMatch(note -> note.startsWith("The second moment of weights is not finite before step 18."));
    }

    @ParameterizedTest
    @EnumSource(names = {"FAIL", "SKIP"})
    void aMomentThatIsNotFiniteEndsOtherRunsAndTheyResumeExactly(OnNan onNan) throws IOException {
        Path run = folder.resolve("run");
        assertThatThrownBy(() -> trained(run, Planted.Place.SLOT, 1, onNan))
                .isInstanceOf(NotFiniteException.class)
                .hasMessageContaining("The second moment of weights is not finite before step 18")
                .hasMessageContaining(onNan == OnNan.SKIP ? "on-nan roll-back can" : "not applied");
        ArrayModel model = new ArrayModel(true, moment -> {});
        train(run, Planted.without(model, 0, ArrayRun.STEPS + 1), model, 1, onNan);
        assertThat(model.state()).containsExactly(undisturbed.state());
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(whole.resolve("undisturbed")));
    }

    /** Something that goes wrong as a step is applied is found as its state is to be saved. */
    @Test
    void aMomentSpoiltByItsStepIsFoundWhenItIsToBeSaved() {
        Path run = folder.resolve("run");
        boolean[] spoilt = {false};
        int[] kernels = {0};
        ArrayModel[] own = new ArrayModel[1];
        own[0] = new ArrayModel(true, moment -> {
            if (++kernels[0] > 2_000) {
                throw new AssertionError("The run takes its steps again and again.");
            }
            if (moment.equals("save adapter/weights.bin") && updates(own[0]) == STEP && !spoilt[0]) {
                spoilt[0] = true;
                own[0].spoilMoment();
            }
        });
        train(run, Planted.without(own[0], 0, ArrayRun.STEPS + 1), own[0], 1, OnNan.ROLL_BACK);
        assertThat(spoilt[0]).isTrue();
        assertThat(own[0].state()).containsExactly(undisturbed.state());
    }

    /** The step that spoils the state is taken again from the checkpoint, to the same bits: that must end. */
    @ParameterizedTest
    @ValueSource(ints = {1, 14})
    void aStateThatCanNeverBeSavedEndsTheRun(int saveEvery) {
        Path run = folder.resolve("run");
        int[] kernels = {0};
        ArrayModel[] own = new ArrayModel[1];
        own[0] = new ArrayModel(true, moment -> {
            if (++kernels[0] > 2_000) {
                throw new AssertionError("The run takes its steps again and again.");
            }
            if (moment.equals("save adapter/weights.bin") && updates(own[0]) >= STEP) {
                own[0].spoilMoment();
            }
        });
        assertThatThrownBy(() ->
                        train(run, Planted.without(own[0], 0, ArrayRun.STEPS + 1), own[0], saveEvery, OnNan.ROLL_BACK))
                .isInstanceOf(NotFiniteException.class)
                .hasMessageContaining("The second moment of weights is not finite")
                .hasMessageContaining("3 steps in a row were not finite, at which on-nan roll-back ends the run");
        assertThat(notes)
                .filteredOn(note -> note.contains("goes back to its state"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "LOSS,SKIP,17",
        "LOSS,SKIP,18",
        "LOSS,SKIP,19",
        "GRADIENT,SKIP,18",
        "LOSS,ROLL_BACK,15",
        "LOSS,ROLL_BACK,18",
        "GRADIENT,ROLL_BACK,15",
        "GRADIENT,ROLL_BACK,17",
        "GRADIENT,ROLL_BACK,30"
    })
    void stoppedBesideItAndResumedIsTheSameRun(Planted.Place place, OnNan onNan, int step) throws IOException {
        ArrayModel expected = trained(folder.resolve("expected"), place, null, onNan);
        Path run = folder.resolve("run");
        boolean[] back = {false};
        ArrayModel stopped = new ArrayModel(true, moment -> {
            back[0] |= moment.startsWith("row 18 ");
            if (back[0] && moment.startsWith("row " + (step + 1) + " ")) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
        assertThatThrownBy(() -> train(run, Planted.at(stopped, place, STEP, STEP), stopped, null, onNan))
                .isInstanceOf(StoppedException.class);
        ArrayModel resumed = new ArrayModel(true, moment -> {});
        train(run, Planted.at(resumed, place, STEP, STEP), resumed, null, onNan);
        assertThat(resumed.state()).containsExactly(expected.state());
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(folder.resolve("expected")));
        assertThat(json(run.resolve("manifest.json")).get("not_finite"))
                .isEqualTo(json(folder.resolve("expected/manifest.json")).get("not_finite"));
    }

    @ParameterizedTest
    @EnumSource(names = {"SKIP", "ROLL_BACK"})
    void threeInARowEndTheRunAndAResumedOneEndsThereToo(OnNan onNan) {
        Path run = folder.resolve("run");
        for (int attempt = 0; attempt < 2; attempt++) {
            ArrayModel model = new ArrayModel(true, moment -> {});
            Planted planted = Planted.at(model, Planted.Place.GRADIENT, STEP, ArrayRun.STEPS);
            assertThatThrownBy(() -> train(run, planted, model, null, onNan))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageContaining("at step 20")
                    .hasMessageContaining("3 steps in a row were not finite")
                    .hasMessageContaining("on-nan " + (onNan == OnNan.SKIP ? "skip" : "roll-back"));
            try (RunDirectory directory = RunDirectory.open(run)) {
                assertThat(directory.result().status()).isEqualTo(Status.FAILED);
            }
        }
    }

    /** A moment of step 20 is spoilt though the checkpoint's hashes are right, as by a machine whose memory is broken. */
    @Test
    void aCheckpointThatKeepsFailingIsSetAsideAfterTwoTries() throws IOException {
        Path run = folder.resolve("run");
        ArrayModel stopped = new ArrayModel(true, moment -> {
            if (moment.startsWith("row 21 ")) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
        assertThatThrownBy(() -> ArrayRun.train(run, stopped, ArrayRun.EACH_STEP))
                .isInstanceOf(StoppedException.class);
        spoil(run.resolve("checkpoints/step-000020"), "second.bin");
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> ArrayRun.train(run, new ArrayModel(true, moment -> {}), ArrayRun.EACH_STEP))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageContaining("is not finite before step 21");
            assertThat(run.resolve("checkpoints/step-000020")).isDirectory();
        }
        ArrayModel model = new ArrayModel(true, moment -> {});
        train(run, Planted.without(model, 0, ArrayRun.STEPS + 1), model, 1, OnNan.FAIL);
        assertThat(notes)
                .anyMatch(note -> note.contains("failed twice")
                        && note.contains("renamed failing-step-000020")
                        && note.endsWith("goes on from step-000019."));
        assertThat(run.resolve("checkpoints/failing-step-000020")).isDirectory();
        assertThat(model.state()).containsExactly(undisturbed.state());
        assertThat(ArrayRun.figures(run)).isEqualTo(ArrayRun.figures(whole.resolve("undisturbed")));
    }

    private static void spoil(Path checkpoint, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(checkpoint.resolve(name));
        ByteBuffer.wrap(bytes).putDouble(8, Double.NaN);
        Files.write(checkpoint.resolve(name), bytes);
        Path file = checkpoint.resolve("manifest.json");
        ObjectNode manifest = (ObjectNode) json(file);
        ((ObjectNode) manifest.get("files").get(name))
                .put("sha256", Hashing.sha256().hashBytes(bytes).toString());
        manifest.remove("sha256");
        String body = JSON.writeValueAsString(manifest) + "\n";
        manifest.put(
                "sha256",
                Hashing.sha256().hashString(body, StandardCharsets.UTF_8).toString());
        Files.writeString(file, JSON.writeValueAsString(manifest) + "\n");
    }
}
