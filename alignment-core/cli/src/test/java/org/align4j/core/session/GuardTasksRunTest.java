package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Checkout;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --guard-tasks} in training runs of the demo's model. */
class GuardTasksRunTest {
    private static final Path DEMO = Checkout.DEMO;
    private static final Path CHOICES = Checkout.resource("training", "tasks/choices.jsonl");

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private int align(Object... words) {
        return Align.run(terminal, Stream.of(words).map(Object::toString).toArray(String[]::new));
    }

    private int sft(Path out, Object... more) throws IOException {
        Path data = folder.resolve("texts.jsonl");
        Files.write(data, Files.readAllLines(DEMO.resolve("texts.jsonl")).subList(0, 16));
        List<Object> words = new ArrayList<>(List.of(
                "sft", "--model", DEMO.resolve("model"), "--data", data, "--batch-size", 4, "--schedule", "constant"));
        words.addAll(List.of("--dtype", "fp32", "--threads", 1, "--samples", 0, "--out", out));
        words.addAll(List.of(more));
        return align(words.toArray());
    }

    private static List<JsonNode> evaluations(Path run) throws IOException {
        List<JsonNode> found = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode node = new ObjectMapper().readTree(line);
            if (node.has("eval_guard_tasks/choices")) {
                found.add(node);
            }
        }
        return found;
    }

    /** A run that is extended compares with the first evaluation of its beginning, as one that was never stopped does. */
    @Test
    void anExtendedRunComparesWithItsBeginning() throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        Object[] guard = {"--guard-tasks", CHOICES, "--learning-rate", "1e-2", "--eval-every", 2};
        assertThat(sft(
                        whole,
                        Stream.concat(Stream.of(guard), Stream.of("--max-steps", 4))
                                .toArray()))
                .as(terminal.captureLog())
                .isZero();
        assertThat(sft(
                        parts,
                        Stream.concat(Stream.of(guard), Stream.of("--max-steps", 2))
                                .toArray()))
                .isZero();
        assertThat(align("resume", parts, "--max-steps", 4)).isZero();
        assertThat(parts.resolve("guard-tasks.json")).hasSameTextualContentAs(whole.resolve("guard-tasks.json"));
        List<JsonNode> expected = evaluations(whole);
        List<JsonNode> found = evaluations(parts);
        assertThat(found).hasSameSizeAs(expected).hasSize(3);
        for (int i = 0; i < found.size(); i++) {
            for (String name : List.of("", "/change", "/change_low", "/change_high")) {
                assertThat(found.get(i).path("eval_guard_tasks/choices" + name))
                        .isEqualTo(expected.get(i).path("eval_guard_tasks/choices" + name));
            }
        }
        assertThat(expected.get(0).path("eval_guard_tasks/choices/change").asDouble())
                .isZero();
        assertThat(Files.readString(whole.resolve("report.html"))).contains("Guard tasks</h2>", "guard-tasks.json");
    }

    /** Other items can't be compared with those of the first evaluation. */
    @Test
    void anotherGuardTaskIsRefusedOnResume() throws IOException {
        Path tasks = folder.resolve("own.jsonl");
        Files.copy(CHOICES, tasks);
        Path run = folder.resolve("run");
        assertThat(sft(run, "--guard-tasks", tasks, "--max-steps", 1)).isZero();
        Files.writeString(tasks, Files.readString(tasks).replace("moo", "mooh"));
        assertThat(align("resume", run, "--max-steps", 2)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("guard_tasks");
    }

    /** A rate that ruins the model is told, with the items that it could do before. */
    @Test
    void aModelThatForgetsIsWarnedOf() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String name : List.of("Emma", "Jonas", "Nils", "Anna", "Lena", "Paul")) {
            for (String thing : List.of("kite", "ball", "book", "spoon", "boat")) {
                rows.add("{\"query\":\"" + name + " left the " + thing + " at the mill. The " + thing
                        + " is\",\"choices\":[\"at the mill.\",\"mill the at.\",\"the the the.\"],\"gold\":0}");
            }
        }
        Path tasks = Files.write(folder.resolve("mill.jsonl"), rows);
        Path run = folder.resolve("run");
        assertThat(sft(run, "--guard-tasks", tasks, "--max-steps", 6, "--learning-rate", "0.5"))
                .as(terminal.captureLog())
                .isZero();
        assertThat(Files.readString(run.resolve("warnings.json"))).contains("\"guard-tasks\"", "guard task mill");
    }

    @Test
    void textIsNoGuardTask() throws IOException {
        assertThat(sft(folder.resolve("run"), "--guard-tasks", DEMO.resolve("guard.jsonl")))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("give it as guard-data");
    }
}
