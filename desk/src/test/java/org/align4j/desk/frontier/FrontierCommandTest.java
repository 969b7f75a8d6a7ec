package org.align4j.desk.frontier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.desk.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The frontier of small runs of the demo, whose implicit reward tells their divergence by another way. */
class FrontierCommandTest {
    private static final double BETA = 0.5;

    @TempDir
    static Path folder;

    @BeforeAll
    static void train() throws IOException {
        for (String seed : List.of("1", "2")) {
            List<String> words =
                    new ArrayList<>(List.of("dpo", "--out", run(seed).toString(), "--seed", seed));
            words.addAll(List.of("--beta", Double.toString(BETA), "--learning-rate", "2e-3"));
            words.addAll(List.of("--keep-every", "2", "--keep", "1", "--samples", "0", "--report", "false"));
            words.addAll(Sweeps.options(folder, 6));
            assertThat(align(words.toArray(String[]::new)).code()).isZero();
        }
        Files.write(
                folder.resolve("prompts.jsonl"),
                Files.readAllLines(folder.resolve("heldout.jsonl")).subList(0, 10));
    }

    private static Path run(String seed) {
        return folder.resolve("run-" + seed);
    }

    private record Result(int code, String log) {}

    private static Result align(String... words) {
        Terminal terminal = Terminal.captured();
        return new Result(Align.run(terminal, words), terminal.captureLog());
    }

    private static Result frontier(Path out, String judge, String... more) {
        List<String> words = new ArrayList<>(List.of("frontier", run("1").toString(), run("2").toString()));
        words.addAll(List.of("--prompts", folder.resolve("prompts.jsonl").toString(), "--judge", judge));
        words.addAll(List.of("--out", out.toString(), "--max-new-tokens", "96", "--samples", "2"));
        words.addAll(List.of("--device", "cpu", "--dtype", "fp32", "--threads", "1"));
        words.addAll(List.of(more));
        return align(words.toArray(String[]::new));
    }

    @Test
    void eachCheckpointIsAPointWhoseDivergenceIsThatOfTheImplicitReward() throws IOException {
        Path out = folder.resolve("frontier");
        assertThat(frontier(out, "implicit:" + run("1")))
                .extracting(Result::code)
                .isEqualTo(0);
        JsonNode document = Json.read(out.resolve("frontier.json"));
        assertThat(document.path("prompts").asInt()).isEqualTo(10);
        assertThat(document.path("answers").asInt()).isEqualTo(20);
        JsonNode points = document.path("runs").path(0).path("points");
        assertThat(points.findValuesAsText("step")).containsExactly("0", "2", "4", "6");
        assertThat(points.path(0).path("kl_k1").asDouble()).isZero();
        // The judge scores answers of its own run's last policy: beta times their log-ratio to the policy before
        // training.
        JsonNode last = points.path(3);
        assertThat(last.path("kl_k1").asDouble()).isNotZero();
        assertThat(last.path("score").asDouble() / BETA)
                .isCloseTo(last.path("kl_k1").asDouble(), within(1e-4));
        assertThat(last.path("kl_k3").asDouble()).isNotNegative();
        assertThat(document.path("runs").path(1).path("seed").asInt()).isEqualTo(2);
        assertThat(Files.readString(out.resolve("frontier.html"))).contains("Score against divergence");
    }

    @Tag("long")
    @Test
    void whatWasAnsweredIsNotAnsweredAgain() throws IOException {
        Path out = folder.resolve("again");
        assertThat(frontier(out, "implicit:" + run("1")).code()).isZero();
        byte[] first = Files.readAllBytes(out.resolve("frontier.json"));
        Path answers = out.resolve("answers-run-2-step-4.jsonl");
        FileTime written = Files.getLastModifiedTime(answers);
        Files.delete(out.resolve("answers-run-1-step-4.jsonl"));
        assertThat(frontier(out, "implicit:" + run("1")).code()).isZero();
        assertThat(Files.getLastModifiedTime(answers)).isEqualTo(written);
        assertThat(out.resolve("frontier.json")).hasBinaryContent(first);
    }

    @Test
    void whatCantBeAFrontierIsRefusedBeforeAnythingIsAnswered() throws IOException {
        Path out = folder.resolve("refused");
        Files.writeString(folder.resolve("votes.jsonl"), "");
        assertThat(frontier(out, "recorded:" + folder.resolve("votes.jsonl")).log())
                .contains("name a judge that can be asked");
        assertThat(frontier(out, "implicit:" + run("1"), "--proxy", "implicit:" + run("1"))
                        .log())
                .contains("could never part");
        assertThat(align(
                                "frontier",
                                run("1").toString(),
                                run("1").toString(),
                                "--prompts",
                                folder.resolve("prompts.jsonl").toString(),
                                "--judge",
                                "implicit:" + run("1"),
                                "--out",
                                out.toString())
                        .log())
                .contains("the same options and the same seed");
        assertThat(out).doesNotExist();
        try (Stream<Path> files = Files.list(run("1"))) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("frontier"));
        }
    }
}
