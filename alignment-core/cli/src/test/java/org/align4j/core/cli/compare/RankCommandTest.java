package org.align4j.core.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.compare.judge.FirstShown;
import org.align4j.core.compare.judge.LongerWins;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align rank}: which answers become pairs, and which are left out. */
class RankCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Path answers;

    @BeforeEach
    void write() throws IOException {
        answers = Files.write(
                folder.resolve("s.jsonl"),
                List.of(
                        "{\"row\": 0, \"sample\": 0, \"prompt\": \"p\", \"completion\": \"mid\"}",
                        "{\"row\": 0, \"sample\": 1, \"prompt\": \"p\", \"completion\": \"the longest\"}",
                        "{\"row\": 0, \"sample\": 2, \"prompt\": \"p\", \"completion\": \"s\"}",
                        "{\"row\": 1, \"sample\": 0, \"prompt\": \"q\", \"completion\": \"same\"}",
                        "{\"row\": 1, \"sample\": 1, \"prompt\": \"q\", \"completion\": \"same\"}",
                        "{\"row\": 2, \"sample\": 0, \"prompt\": \"r\", \"completion\": \"alike\"}",
                        "{\"row\": 2, \"sample\": 1, \"prompt\": \"r\", \"completion\": \"ALIKE\"}",
                        "{\"row\": 3, \"sample\": 0, \"prompt\": \"t\", \"completion\": \"(nothing)\"}",
                        "{\"row\": 3, \"sample\": 1, \"prompt\": \"t\", \"completion\": \"x\"}"));
    }

    private String rank(int code, String judge, String... more) {
        Terminal terminal = Terminal.captured();
        String out = folder.resolve("pairs.jsonl").toString();
        String[] words = {"rank", "--answers", answers.toString(), "--judge", "class:" + judge, "--out", out};
        String[] all = java.util.stream.Stream.concat(java.util.Arrays.stream(words), java.util.Arrays.stream(more))
                .toArray(String[]::new);
        assertThat(Align.run(terminal, all)).as(terminal.captureLog()).isEqualTo(code);
        return terminal.captureOutput() + terminal.captureLog();
    }

    @Test
    void bestAgainstWorstAndTheRestCounted() throws IOException {
        String said = rank(0, LongerWins.class.getName());
        List<String> lines = Files.readAllLines(folder.resolve("pairs.jsonl"));
        assertThat(lines).hasSize(1);
        JsonNode row = JSON.readTree(lines.get(0));
        assertThat(row.path("prompt").asText()).isEqualTo("p");
        assertThat(row.path("chosen").asText()).isEqualTo("the longest");
        assertThat(row.path("rejected").asText()).isEqualTo("s");
        assertThat(row.path("margin").asDouble()).isEqualTo(10);
        assertThat(row.path("source_row").asInt()).isZero();
        assertThat(said)
                .contains(
                        "1 of 4 prompts",
                        "1 have one answer only or equal ones, 1 are ties, 1 could not be judged",
                        "1 verdicts or scores were unusable");
    }

    @Test
    void promptsAsTheyWereGivenGiveMessages() throws IOException {
        Path prompts = Files.write(
                folder.resolve("p.jsonl"),
                List.of(
                        "{\"prompt\": [{\"role\": \"user\", \"content\": \"p\"}]}", "{\"prompt\": \"q\"}",
                        "{\"prompt\": \"r\"}", "{\"prompt\": \"t\"}"));
        rank(0, LongerWins.class.getName(), "--prompts", prompts.toString());
        JsonNode row =
                JSON.readTree(Files.readAllLines(folder.resolve("pairs.jsonl")).get(0));
        assertThat(row.path("prompt").path(0).path("content").asText()).isEqualTo("p");
        assertThat(row.path("chosen").path(0).path("role").asText()).isEqualTo("assistant");
    }

    @Test
    void aJudgeOfPlacesRanksNothing() {
        assertThat(rank(2, FirstShown.class.getName())).contains("No prompt", "--samples 8", "3 are ties");
    }
}
