package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What small runs are told of themselves: in result.json, on the console and in the report. */
class VerdictRunTest {
    private static final Path DEMO = Path.of("..", "data", "demo");

    @TempDir
    Path folder;

    private Path rows(String name, Path from, int count) throws IOException {
        return Files.write(folder.resolve(name), Files.readAllLines(from).subList(0, count));
    }

    /** A run on the demo's model; what it logged. */
    private String demo(Path data, Path evaluation, String... more) {
        String[] own = {
            "--model",
            DEMO.resolve("model").toString(),
            "--data",
            data.toString(),
            "--eval-data",
            evaluation.toString(),
            "--report",
            "true",
            "--max-length",
            "256"
        };
        return AlignRuns.align(DpoRuns.dpo(folder.resolve("run"), AlignRuns.concat(own, more)));
    }

    private String verdict(Path run) throws IOException {
        return AlignRuns.json(run.resolve("result.json")).get("verdict").asText();
    }

    /** Result, console and page say the same. */
    private void assertTold(String log, String verdict, String... words) throws IOException {
        assertThat(verdict(folder.resolve("run"))).isEqualTo(verdict);
        String title = Character.toUpperCase(verdict.charAt(0)) + verdict.substring(1) + ": ";
        String told =
                log.lines().filter(line -> line.startsWith(title)).findFirst().orElseThrow();
        assertThat(told).contains(List.of(words));
        String page =
                Files.readString(folder.resolve("run").resolve("report.html")).replace('\u00a0', ' ');
        String headline = page.substring(page.indexOf("<h1"), page.indexOf("</h1>"));
        assertThat(headline.substring(headline.indexOf('>') + 1)).isSubstringOf(told);
    }

    /** One step on ten rows: the answers are the same to the letter. */
    @Test
    void aStepThatMovesNothingIsUnchanged() throws IOException {
        Path data = rows("ten.jsonl", DEMO.resolve("train.jsonl"), 10);
        Path evaluation = rows("some.jsonl", DEMO.resolve("heldout.jsonl"), 60);
        String log = demo(data, evaluation, "--max-steps", "1", "--learning-rate", "2e-5");
        for (JsonNode sample : AlignRuns.json(folder.resolve("run").resolve("samples.json"))) {
            assertThat(sample.get("after")).isEqualTo(sample.get("before"));
        }
        assertTold(log, "unchanged", "60 held-out pairs");
        assertThat(log).doesNotContain("prefers");
    }

    /** Rate 1 ruins the text whatever it does to the margins. */
    @Test
    void aRateOfOneIsBroken() throws IOException {
        Path data = rows("ten.jsonl", DEMO.resolve("train.jsonl"), 10);
        Path evaluation = rows("some.jsonl", DEMO.resolve("heldout.jsonl"), 60);
        assertTold(demo(data, evaluation, "--max-steps", "6", "--learning-rate", "1"), "broken", "60 held-out pairs");
    }

    /** Rows that are trained on say nothing of new prompts, however many become right. */
    @Tag("long")
    @Test
    void evaluationOnTheTrainingRowsIsntPraised() throws IOException {
        Path data = rows("forty.jsonl", DEMO.resolve("train.jsonl"), 40);
        String log = demo(data, data, "--epochs", "5", "--learning-rate", "2e-3");
        assertTold(
                log,
                "unclear",
                "40 of 40 held-out rows are trained on too, so that they say nothing about new prompts",
                "difference log p(chosen) − log p(rejected)");
        assertThat(log).contains("Warning: 40 of 40 held-out rows are trained on too");
        assertThat(Files.readString(folder.resolve("run").resolve("warnings.json")))
                .contains("\"overlap\"");
    }

    /** 40 rows of which seven pairs, 17.5 %, stand there the other way round as well: 14 of 47 rows. */
    @Test
    void contradictionsAreToldBeforeAndAfter() throws IOException {
        List<String> lines =
                new ArrayList<>(Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 40));
        lines.subList(0, 7).stream()
                .map(line -> line.replace("\"chosen\"", "\"x\"")
                        .replace("\"rejected\"", "\"chosen\"")
                        .replace("\"x\"", "\"rejected\""))
                .toList()
                .forEach(lines::add);
        Path data = Files.write(folder.resolve("contrary.jsonl"), lines);
        Path evaluation = rows("some.jsonl", DEMO.resolve("heldout.jsonl"), 60);
        String log = demo(data, evaluation, "--max-steps", "1", "--learning-rate", "2e-5");
        assertThat(log).contains("Warning: Rows that say the opposite of an earlier one: 7 of 47 (14.89 %)");
        assertTold(log, "unchanged", "; 29.8 % of the training rows contradict each other.", "14 of 47 training rows");
    }

    /** A look before the run says it too. */
    @Test
    void aDryRunLooksForOverlap() {
        Terminal terminal = Terminal.captured();
        List<String> words =
                DpoRuns.dpo(folder.resolve("run"), "--eval-data", DpoRuns.PAIRS.toString(), "--dry-run", "true");
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        assertThat(terminal.captureOutput()).contains("held-out rows are trained on too");
    }

    /** What was measured before the first step outlives the process that measured it. */
    @Test
    void aResumedRunHasTheSameVerdict() throws IOException {
        String[] common = {"--schedule", "constant", "--save-every", "3", "--eval-fraction", "0.3"};
        Path whole = run("whole", AlignRuns.concat(common, "--max-steps", "9"));
        Path resumed = run("resumed", AlignRuns.concat(common, "--max-steps", "4"));
        AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "9"));
        assertThat(resumed.resolve("evaluation.json")).hasSameBinaryContentAs(whole.resolve("evaluation.json"));
        assertThat(verdict(resumed)).isEqualTo(verdict(whole));
        Path older = run("older", AlignRuns.concat(common, "--max-steps", "4"));
        Files.delete(older.resolve("evaluation.json"));
        String log = AlignRuns.align(List.of("resume", older.toString(), "--max-steps", "9"));
        assertThat(log).contains("Unclear: the evaluation before the first step wasn't kept row by row");
    }

    @Test
    void aRunWithoutHeldOutRowsIsUnclear() throws IOException {
        Path out = run("alone", "--max-steps", "2");
        assertThat(verdict(out)).isEqualTo("unclear");
        assertThat(out.resolve("evaluation.json")).doesNotExist();
    }

    /** The evaluation's rows add up to the figures that the metrics carry. */
    @Test
    void rowsAndFiguresOfAnEvaluationAgree() throws IOException {
        Path out = run("pairs", "--max-steps", "3", "--eval-fraction", "0.3");
        JsonNode last = AlignRuns.json(out.resolve("evaluation.json")).get("last");
        List<JsonNode> metrics = AlignRuns.metrics(out);
        JsonNode line = metrics.get(metrics.size() - 1);
        assertThat(last.get("step").asInt()).isEqualTo(line.get("step").asInt());
        for (String side : List.of("chosen", "rejected")) {
            JsonNode values = last.get("rows").get(side);
            double mean = IntStream.range(0, values.size())
                    .mapToDouble(i -> values.get(i).asDouble())
                    .average()
                    .orElseThrow();
            assertThat(mean).isEqualTo(line.get("eval_logps/" + side).asDouble(), within(1e-9));
        }
    }

    /** 60 prompts answered alike are learned, so that 60 others are answered so too. */
    @Test
    void textsAreJudgedByTheirLoss() throws IOException {
        List<String> lines = IntStream.range(0, 120)
                .mapToObj(i -> "{\"prompt_ids\": [" + (5 + i) + ", 9], \"completion_ids\": [30, 12, 40]}")
                .toList();
        Path data = Files.write(folder.resolve("texts.jsonl"), lines.subList(0, 60));
        Path evaluation = Files.write(folder.resolve("others.jsonl"), lines.subList(60, 120));
        Path out = folder.resolve("sft");
        List<String> words = new ArrayList<>(
                DpoRuns.dpo(out, "--data", data.toString(), "--eval-data", evaluation.toString(), "--epochs", "5"));
        words.set(0, "sft");
        assertThat(AlignRuns.align(words)).contains("Better: the loss on 60 held-out rows fell from ");
        assertThat(verdict(out)).isEqualTo("better");
        JsonNode rows = AlignRuns.json(out.resolve("evaluation.json")).at("/last/rows");
        double loss = -IntStream.range(0, 60)
                        .mapToDouble(i -> rows.get("log_probs").get(i).asDouble())
                        .sum()
                / (60 * 3);
        List<JsonNode> metrics = AlignRuns.metrics(out);
        assertThat(loss)
                .isCloseTo(metrics.get(metrics.size() - 1).get("eval_loss").asDouble(), within(1e-9));
    }

    @Tag("long")
    @Test
    void singleAnswersAreJudgedByTheirLabels() throws IOException {
        List<String> lines = IntStream.range(0, 120)
                .mapToObj(i -> "{\"prompt_ids\": [" + (5 + i) + ", 9], \"completion_ids\": [" + (i % 2 == 0 ? 30 : 31)
                        + ", 12], \"label\": " + (i % 2 == 0) + "}")
                .toList();
        Path data = Files.write(folder.resolve("single.jsonl"), lines.subList(0, 60));
        Path evaluation = Files.write(folder.resolve("others.jsonl"), lines.subList(60, 120));
        Path out = run(
                "single",
                "--data",
                data.toString(),
                "--eval-data",
                evaluation.toString(),
                "--loss",
                "kto",
                "--epochs",
                "8",
                "--learning-rate",
                "1e-2");
        assertThat(AlignRuns.json(out.resolve("evaluation.json"))
                        .at("/last/rows/kind")
                        .asText())
                .isEqualTo("answers");
        assertThat(verdict(out)).isEqualTo("better");
        JsonNode margin = AlignRuns.json(out.resolve("result.json")).at("/evidence/0");
        assertThat(margin.get("figure").asText()).isEqualTo("desirable_margin");
        assertThat(margin.get("difference").asDouble())
                .isCloseTo(margin.get("after").asDouble() - margin.get("before").asDouble(), within(1e-12))
                .isBetween(
                        margin.at("/interval/0").asDouble(),
                        margin.at("/interval/1").asDouble());
        assertThat(margin.get("n").asInt()).isEqualTo(60);
        assertThat(margin.get("method").asText()).contains("over prompts");
    }

    /** With --json the only thing on stdout is the result document, with the verdict's evidence as data. */
    @Test
    void aTrainingPrintsItsResultAsJson() throws IOException {
        Terminal terminal = Terminal.captured();
        Path out = folder.resolve("json");
        List<String> words = DpoRuns.dpo(out, "--max-steps", "2", "--eval-fraction", "0.3", "--json", "true");
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        JsonNode printed = new ObjectMapper().readTree(terminal.captureOutput());
        assertThat(printed.get("run").asText()).isEqualTo(out.toString());
        ((ObjectNode) printed).remove("run");
        assertThat(printed).isEqualTo(AlignRuns.json(out.resolve("result.json")));
        assertThat(printed.at("/evidence/0/interval")).hasSize(2);
        Terminal again = Terminal.captured();
        assertThat(Align.run(again, "resume", out.toString(), "--max-steps", "3", "--json", "true"))
                .isZero();
        assertThat(new ObjectMapper()
                        .readTree(again.captureOutput())
                        .get("step")
                        .asInt())
                .isEqualTo(3);
    }

    /** SimPO compares means per token, and so does the verdict; whole answers stand beside it. */
    @Test
    void aLossIsJudgedByWhatItCompares() throws IOException {
        Path out = run("simpo", "--loss", "simpo", "--max-steps", "2", "--eval-fraction", "0.3");
        JsonNode rows = AlignRuns.json(out.resolve("evaluation.json")).at("/last/rows");
        assertThat(rows.get("measure").asText()).isEqualTo("token");
        assertThat(rows.get("rejected_tokens")).hasSameSizeAs(rows.get("rejected"));
        assertThat(AlignRuns.json(out.resolve("result.json")).get("evidence").findValuesAsText("figure"))
                .containsExactly("chosen_likelier_per_token", "margin_per_token", "chosen_likelier", "margin");
    }

    private Path run(String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(out, more));
        return out;
    }
}
