package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.FileHash;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in which something is no longer what it was when they were written. */
class ChangedRunTest {
    @TempDir
    Path folder;

    private Path run;
    private String log = "";

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private int align(String... words) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words);
        log = terminal.captureLog();
        return code;
    }

    private int train(Path out, String... more) {
        List<String> words = new ArrayList<>(List.of("array", "--out", out.toString(), "--batch-size", "8"));
        words.addAll(List.of(more));
        return align(words.toArray(String[]::new));
    }

    private void edit(String before, String after) throws IOException {
        String config = Files.readString(run.resolve("config.yaml"));
        assertThat(config).contains(before);
        Files.writeString(run.resolve("config.yaml"), config.replace(before, after));
    }

    private void set(String name, Object value) throws IOException {
        String config = Files.readString(run.resolve("config.yaml"));
        assertThat(config).contains("\n" + name + ": ");
        Files.writeString(run.resolve("config.yaml"), config.replaceAll("(?m)^" + name + ": .*", name + ": " + value));
    }

    private JsonNode manifest() throws IOException {
        return AlignRuns.json(run.resolve("manifest.json"));
    }

    private JsonNode origin(int step) throws IOException {
        return AlignRuns.json(run.resolve("checkpoints/step-00000" + step + "/run.json"));
    }

    /** Every file but the lock with what is in it. */
    private Map<Path, String> contents() throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> all = Files.walk(run)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                contents.put(run.relativize(file), FileHash.sha256(file));
            }
        }
        contents.remove(Path.of(".lock"));
        return contents;
    }

    @Test
    void editedOptionsAreRefusedByNameAndGoneOnWithWhenAccepted() throws IOException {
        assertThat(train(run, "--max-steps", "9", "--save-every", "1", "--stop-in", "4"))
                .isEqualTo(143);
        set("learning-rate", "0.01");
        set("batch-size", "4");
        Map<Path, String> before = contents();
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log)
                .contains("batch-size 8 \u2192 4, ")
                .contains("learning-rate 0.05 \u2192 0.01; ")
                .contains("align resume " + run + " --accept-changes");
        assertThat(contents()).isEqualTo(before);

        assertThat(align("resume", run.toString(), "--accept-changes")).isZero();
        assertThat(log).contains("Going on after step 3 of 9.");
        JsonNode changes = manifest().get("changes");
        assertThat(changes).hasSize(2);
        assertThat(changes.findValuesAsText("name")).containsExactlyInAnyOrder("learning-rate", "batch-size");
        JsonNode rate = changes.get(changes.get(0).get("name").asText().equals("learning-rate") ? 0 : 1);
        assertThat(rate.get("step").asInt()).isEqualTo(3);
        assertThat(rate.get("before").asText()).isEqualTo("0.05");
        assertThat(rate.get("after").asText()).isEqualTo("0.01");
        assertThat(Instant.parse(rate.get("time").asText()))
                .isBetween(Instant.now().minusSeconds(600), Instant.now());
        assertThat(origin(9).get("options").get("learning-rate").asText()).isEqualTo("0.01");
        assertThat(manifest().get("options").get("learning-rate").asText()).isEqualTo("0.05");
    }

    /** The kill comes between the record of the change and the next checkpoint. */
    @Test
    void whatWasAcceptedIsNotAskedForAgain() throws IOException {
        assertThat(train(run, "--max-steps", "9", "--save-every", "1", "--stop-in", "4"))
                .isEqualTo(143);
        set("learning-rate", "0.01");
        assertThat(align("resume", run.toString(), "--accept-changes")).isZero();
        Trees.delete(run.resolve("adapter"));
        Files.delete(run.resolve("result.json"));
        Trees.delete(run.resolve("checkpoints"));
        assertThat(align("resume", run.toString())).isZero();
        assertThat(manifest().get("changes")).hasSize(1);
        set("learning-rate", "0.02");
        assertThat(align("resume", run.toString(), "--max-steps", "12")).isEqualTo(2);
        assertThat(log).contains("learning-rate 0.01 \u2192 0.02");
    }

    @Test
    void aLengthThatResumeItselfIsGivenIsNoChangeButAnEditedOneIs() throws IOException {
        assertThat(train(run, "--max-steps", "3")).isZero();
        assertThat(align("resume", run.toString(), "--max-steps", "6")).isZero();
        assertThat(align("resume", run.toString(), "--epochs", "1")).isZero();
        assertThat(manifest().has("changes")).isFalse();
        assertThat(manifest().get("extensions").findValuesAsText("after")).containsExactly("6", "1.0", "none");
        set("epochs", "2");
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(align("resume", run.toString(), "--max-steps", "9")).isZero();
        set("max-steps", "11");
        Files.writeString(
                run.resolve("result.json"),
                Files.readString(run.resolve("result.json")).replace("done", "stopped"));
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log).contains("max-steps 9 \u2192 11");
    }

    /** Other spaces, comments, quotes and ways to write a number say the same. */
    @Test
    void anotherWayToWriteTheOptionsIsNoChange() throws IOException {
        assertThat(train(run, "--max-steps", "9", "--stop-in", "4")).isEqualTo(143);
        set("learning-rate", " \"5e-2\"   # five percent");
        edit("batch-size: 8", "batch_size:    8");
        assertThat(align("resume", run.toString())).isZero();
        assertThat(manifest().has("changes")).isFalse();
    }

    @Test
    void aCheckpointOfAnotherRunIsRefusedByName() throws IOException {
        Path other = folder.resolve("other");
        assertThat(train(other, "--max-steps", "5")).isZero();
        assertThat(train(run, "--max-steps", "9", "--stop-in", "4")).isEqualTo(143);
        assertThat(manifest().get("run_id").asText())
                .isEqualTo(origin(3).get("run_id").asText());
        Path foreign = run.resolve("checkpoints/step-000005");
        Trees.copy(other.resolve("checkpoints/step-000005"), foreign);
        Map<Path, String> before = contents();
        for (String[] words :
                new String[][] {{"resume", run.toString()}, {"resume", run.toString(), "--accept-changes"}}) {
            assertThat(align(words)).isEqualTo(2);
            assertThat(log)
                    .contains("Checkpoint " + foreign + " was written by run "
                            + AlignRuns.json(other.resolve("manifest.json"))
                                    .get("run_id")
                                    .asText())
                    .contains("not by this run (" + manifest().get("run_id").asText() + ")")
                    .contains("move it out of there and resume again");
        }
        assertThat(contents()).isEqualTo(before);
        Trees.delete(foreign);
        assertThat(align("resume", run.toString())).isZero();
    }

    /** Two copies of one directory are two runs of one id, told apart by what they were written under. */
    @Test
    void aCheckpointOfACopyUnderOtherOptionsIsRefused() throws IOException {
        assertThat(train(run, "--max-steps", "9", "--save-every", "1", "--stop-in", "4"))
                .isEqualTo(143);
        Path copy = folder.resolve("copy");
        Trees.copy(run, copy);
        Files.writeString(
                copy.resolve("config.yaml"),
                Files.readString(copy.resolve("config.yaml")).replace("learning-rate: 0.05", "learning-rate: 0.5"));
        assertThat(align("resume", copy.toString(), "--accept-changes")).isZero();
        Trees.copy(copy.resolve("checkpoints/step-000009"), run.resolve("checkpoints/step-000009"));
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log).contains("learning-rate 0.5 \u2192 0.05");
    }

    /** Directories of earlier versions have no id; their checkpoints no run.json. */
    @Test
    void aRunOfAnEarlierVersionGoesOnAsBeforeAndSaysSo() throws IOException {
        Path whole = folder.resolve("whole");
        assertThat(train(whole, "--max-steps", "6", "--schedule", "constant")).isZero();
        assertThat(train(run, "--max-steps", "3", "--schedule", "constant", "--stop-in", "1"))
                .isEqualTo(143);
        Files.writeString(run.resolve("manifest.json"), "{\"command\": \"array\"}");
        assertThat(align("resume", run.toString())).isZero();
        assertThat(run.resolve("checkpoints/step-000003/run.json")).doesNotExist();
        set("log-every", "2");
        assertThat(align("resume", run.toString(), "--max-steps", "6")).isZero();
        assertThat(log).contains("was begun before runs had ids", "Going on after step 3 of 6.");
        assertThat(run.resolve("adapter/weights.bin")).hasSameBinaryContentAs(whole.resolve("adapter/weights.bin"));
        Trees.copy(run.resolve("checkpoints/step-000006"), whole.resolve("checkpoints/step-000009"));
        assertThat(align("resume", whole.toString(), "--max-steps", "12")).isEqualTo(2);
        assertThat(log).contains("step-000009 was written by a run without an id, not by this run (");
        Trees.copy(whole.resolve("checkpoints/step-000006"), run.resolve("checkpoints/step-000009"));
        assertThat(align("resume", run.toString(), "--max-steps", "12")).isEqualTo(2);
        assertThat(log).contains("step-000009 was written by run ", "not by this run (which has no id)");
    }
}
