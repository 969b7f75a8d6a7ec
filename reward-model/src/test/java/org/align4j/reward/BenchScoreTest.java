package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align score --subsets}: a bench's answers are scored as without it, and its figures are those of the lines. */
class BenchScoreTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SUBSETS = List.of("math-prm", "hep-java", "donotanswer");
    private static final Path STEP_MODEL = RewardRuns.MODEL.resolveSibling("prm-a");
    private static final Path STORIES = Path.of("..", "..", "shared", "models", "tinystories-656k");

    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeRows() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String line : Files.readAllLines(RewardRuns.PAIRS).subList(0, 30)) {
            ObjectNode row = (ObjectNode) JSON.readTree(line);
            if (!row.get("chosen_ids").equals(row.get("rejected_ids"))) {
                rows.add(row.put("area", SUBSETS.get(rows.size() % 3)).toString());
            }
        }
        data = Files.write(folder.resolve("bench.jsonl"), rows);
    }

    private List<String> words(Path model, Path rows, String... more) {
        return Stream.concat(
                        Stream.of("score", "--device", "cpu", "--dtype", "fp32", "--model", model.toString(), "--data"),
                        Stream.concat(Stream.of(rows.toString()), Stream.of(more)))
                .toList();
    }

    private List<JsonNode> lines(Path model, Path rows, String... more) throws IOException {
        Path out = folder.resolve("lines.jsonl");
        List<String> words = new ArrayList<>(words(model, rows, more));
        words.addAll(List.of("--out", out.toString()));
        AlignRuns.align(words);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static String printed(List<String> words) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        return terminal.captureOutput();
    }

    private static double credit(List<JsonNode> lines, String subset) {
        return lines.stream()
                .filter(line -> subset.isEmpty() || line.path("subset").asText().equals(subset))
                .mapToDouble(line ->
                        line.path("chosen").asDouble() > line.path("rejected").asDouble() ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }

    @Test
    void pairsAreScoredAsWithoutABench() throws IOException {
        List<JsonNode> plain = lines(RewardRuns.MODEL, data);
        List<JsonNode> bench = lines(RewardRuns.MODEL, data, "--subsets", "area");
        assertThat(bench).hasSameSizeAs(plain);
        for (int i = 0; i < plain.size(); i++) {
            for (String side : List.of("chosen", "rejected")) {
                assertThat(bench.get(i).path(side).asDouble())
                        .isCloseTo(plain.get(i).path(side).asDouble(), within(1e-5));
                assertThat(bench.get(i).path(side + "_tokens"))
                        .isEqualTo(plain.get(i).path(side + "_tokens"));
            }
        }
        JsonNode summary = JSON.readTree(printed(words(RewardRuns.MODEL, data, "--subsets", "area", "--json", "true")));
        assertThat(summary.path("accuracy").asDouble()).isCloseTo(credit(bench, ""), within(1e-12));
        for (String subset : SUBSETS) {
            assertThat(summary.path("subsets").path(subset).path("accuracy").asDouble())
                    .isCloseTo(credit(bench, subset), within(1e-12));
        }
        double reasoning = (credit(bench, "math-prm") * 984 + credit(bench, "hep-java") * 164) / (984 + 164);
        assertThat(summary.path("sections").path("Reasoning").asDouble()).isCloseTo(reasoning, within(1e-12));
        assertThat(summary.path("missing_subsets").size()).isEqualTo(20);
        assertThat(summary.path("calibration").path("bins").size()).isPositive();
    }

    /** Lists of answers, with a tokenizer: best of four and ties; every answer is scored once, in its place. */
    @Test
    void listsAreBestOfManyAndTies() throws IOException {
        assumeTrue(Files.isDirectory(STORIES), "no shared model");
        Path pairs = Files.write(
                folder.resolve("pairs.jsonl"),
                Stream.iterate(0, i -> i < 12, i -> i + 1)
                        .map(i -> "{\"prompt\": \"Once " + i + "\", \"chosen\": \"a cat " + i
                                + "\", \"rejected\": \"no\"}")
                        .toList());
        Path run = folder.resolve("run");
        AlignRuns.align(RewardRuns.reward(
                run,
                "--model",
                STORIES.toString(),
                "--data",
                pairs.toString(),
                "--report",
                "false",
                "--max-steps",
                "1"));
        String good = "[\"a cat\", \"the cat\"]";
        Path lists = Files.write(
                folder.resolve("lists.jsonl"),
                List.of(
                        row("p", "[\"a cat\"]", "[\"no\", \"no no\", \"not\"]", "Focus", "1"),
                        row("q", "[\"a cat\"]", "[\"no\", \"never\"]", "Ties", "ref:4"),
                        row("q", good, "[\"no\", \"never\"]", "Ties", "tied:4")));
        List<JsonNode> lines = lines(run, lists, "--subsets", "subset");
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0).path("rejected").size()).isEqualTo(3);
        assertThat(lines.get(2).path("chosen").size()).isEqualTo(2);
        // The very answer of both rows of q scores the same.
        assertThat(lines.get(1).path("chosen").get(0).asDouble())
                .isCloseTo(lines.get(2).path("chosen").get(0).asDouble(), within(1e-5));
        double best = lines.get(0).path("chosen").get(0).asDouble();
        boolean above = true;
        for (JsonNode wrong : lines.get(0).path("rejected")) {
            above &= best > wrong.asDouble();
        }
        assertThat(lines.get(0).path("credit").asDouble()).isEqualTo(above ? 1 : 0);
        assertThat(printed(words(run, lists, "--subsets", "subset")))
                .contains("Ties: ties score", "Focus: accuracy", "taking the longest answer");
    }

    private static String row(String prompt, String chosen, String rejected, String subset, String id) {
        return "{\"prompt\": \"" + prompt + "\", \"chosen\": " + chosen + ", \"rejected\": " + rejected
                + ", \"subset\": \"" + subset + "\", \"id\": \"" + id + "\"}";
    }

    @Test
    void whatDoesntFitIsRefused() throws IOException {
        Refusals.assertRefused(
                folder,
                words(RewardRuns.MODEL, data, "--subsets", "topic"),
                "bench.jsonl:1:",
                "\"topic\" is missing",
                "subsets");
        Refusals.assertRefused(folder, List.of("score", "--data", data.toString()), "model is missing", "implicit");
        Refusals.assertRefused(
                folder, words(STEP_MODEL, data, "--implicit", "runs/dpo"), "implicit is runs/dpo", "give one of them");
        Refusals.assertRefused(
                folder,
                List.of("score", "--implicit", folder.toString(), "--data", data.toString()),
                "holds no config.yaml",
                "align dpo");
    }
}
