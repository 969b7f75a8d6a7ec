package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    @TempDir
    Path folder;

    @Test
    void carriesEverythingItShows() throws IOException {
        String page = RunPages.page(RunPages.run(folder, "first", 60, "done"));
        assertThat(page).contains("default-src 'none'", "uPlot");
        assertThat(page).doesNotContain("src=\"", "href=\"http", "@import", "url(");
    }

    /** Text of a row must neither become markup nor end the script. */
    @Test
    void escapesWhatRowsHold() throws IOException {
        Path run = RunPages.run(folder, "first", 3, "done");
        String hostile = "</script><script>alert(1)</script> {{charts}} $1 <!-- \u2028";
        new ReportFiles(run).writeSamples(List.of(new Sample(0, hostile, hostile, hostile, hostile, hostile)));
        Files.writeString(run.resolve("config.yaml"), "model: \"" + hostile.replace("\u2028", "") + "\"\n");
        String page = RunPages.page(run);
        assertThat(page)
                .doesNotContain("alert(1)</script>")
                .contains("&lt;/script&gt;&lt;script&gt;alert(1)", "{{charts}} $1");
        assertThat(page.split("<script>", -1))
                .as("three scripts of the page's own")
                .hasSize(4);
        assertThat(page.split("</script>", -1)).hasSize(4);
    }

    /** A conversation is shown by its turns: no mark of a template, each role by itself, and what a turn says is text. */
    @Test
    void showsAConversationTurnByTurn() throws IOException {
        String said = "</p></blockquote><img src=x onerror=alert(2)><|im_end|>";
        ShownPrompt prompt = new ShownPrompt(
                "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n",
                List.of(Message.of("system", "Be short."), Message.of("user", "Why?"), Message.of("assi<i>", said)));
        List<Path> runs = List.of(RunPages.run(folder, "first", 3, "done"), RunPages.run(folder, "other", 3, "done"));
        for (Path run : runs) {
            new ReportFiles(run).writeSamples(List.of(new Sample(0, prompt, "So.", "Therefore.", null, null, null)));
        }
        Path beside = folder.resolve("comparison.html");
        HtmlReport.read(runs).compare(beside);
        for (String page : List.of(RunPages.page(runs.get(0)), Files.readString(beside))) {
            assertThat(page)
                    .contains("<b class=\"role\">system</b><p dir=\"auto\" class=\"turn\">Be short.</p>")
                    .contains("<b class=\"role\">user</b><p dir=\"auto\" class=\"turn\">Why?</p>")
                    .contains("<b class=\"role\">assi&lt;i&gt;</b>", "&lt;/blockquote&gt;&lt;img src=x", "Therefore.")
                    .doesNotContain("<|im_start|>", "&lt;|im_start|&gt;", "<img src=x");
        }
    }

    @Test
    void aRunThatWasStoppedEarly() throws IOException {
        Path run = folder.resolve("short");
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n");
        assertThat(RunPages.page(run))
                .doesNotContain("No module here")
                .contains("The run is before its first step, or was killed there.", "charts need two");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"dpo\"}");
        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.6931}\n{\"step\":2,\"loss\":null}\n");
        Files.writeString(
                run.resolve("result.json"),
                "{\"status\":\"stopped\",\"step\":2,\"total_steps\":1000,\"reason\":\"SIGTERM\"}");
        assertThat(RunPages.page(run))
                .contains("The run was stopped at step 2 of 1,000.", "SIGTERM.", "align resume short")
                .contains("No evaluation was done");
    }

    /** A line a run and step with all its figures, intervals, the run's options and verdict; what is no number is left empty. */
    @Test
    void figuresOfAllStepsAsCommaSeparatedValues() throws IOException {
        Path first = RunPages.run(folder, "a,b", 2, "done");
        Path second = RunPages.run(folder, "dpo", "{\"step\":1,\"loss\":null}", "loss: [ipo]\n");
        Path csv = folder.resolve("figures.csv");
        HtmlReport.read(List.of(first, second)).csv(csv);
        assertThat(Files.readString(csv)).endsWith("\r\n");
        List<List<String>> lines = Files.readAllLines(csv).stream()
                .map(line -> List.of(line.replace("\"a,b\"", "a+b").split(",", -1)))
                .toList();
        List<String> columns = lines.get(0);
        assertThat(columns).startsWith("run", "step").doesNotHaveDuplicates();
        assertThat(lines).hasSize(1 + 3 + 1).allSatisfy(line -> assertThat(line).hasSameSizeAs(columns));
        Function<String, List<String>> of = name -> lines.stream()
                .skip(1)
                .map(line -> line.get(columns.indexOf(name)))
                .toList();
        assertThat(of.apply("run")).containsExactly("a+b", "a+b", "a+b", "written");
        assertThat(of.apply("step")).containsExactly("0", "1", "2", "1");
        assertThat(of.apply("eval_loss")).containsExactly("0.6931", "", "0.64", "");
        assertThat(of.apply("grad_norm")).containsExactly("", "2.5", "2.5", "");
        assertThat(of.apply("option.learning-rate")).containsExactly("2e-5", "2e-5", "2e-5", "");
        assertThat(of.apply("verdict")).containsExactly("better", "better", "better", "unclear");
        double low = Double.parseDouble(of.apply("evidence.chosen_likelier_low").get(2));
        double high =
                Double.parseDouble(of.apply("evidence.chosen_likelier_high").get(2));
        assertThat(Double.parseDouble(of.apply("evidence.chosen_likelier").get(2)))
                .isBetween(low, high)
                .isCloseTo(154 / 893.0, within(1e-9));
    }

    /** Without rows of an evaluation before and after, nothing is better: a falling training loss decides nothing. */
    @Test
    void aFallingTrainingLossIsNotPraised() throws IOException {
        String lines = "{\"step\":1,\"loss\":3.5}\n{\"step\":2,\"loss\":2.5}";
        assertThat(RunPages.verdict(RunPages.run(folder, "sft", lines, "")))
                .contains(
                        "Unclear: nothing was held out",
                        "The training loss went from 3.500 at the first step to 2.500 at the last.");
    }

    /** The module that knows the command isn't here: what every run has is shown, and what is missing is told. */
    @Test
    void aRunOfAnUnknownCommandIsShownWithoutItsOwnParts() throws IOException {
        Path run = RunPages.run(folder, "foreign", 60, "done");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"brew\"}");
        String page = RunPages.page(run);
        assertThat(page)
                .contains(
                        "No module here knows the command brew, so that this page is without its charts and sections.")
                .contains("Better: the chosen answer is likelier in 62.0 %", "Perplexity on general text");
        assertThat(RunPages.titles(page)).containsExactly("Loss", "Gradient norm", "Perplexity on general text");
    }

    private static Path hashed(Path run, String config, String evaluation) throws IOException {
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n" + config);
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"command\":\"dpo\",\"hashes\":{\"data\":\"d\",\"eval_data\":\"" + evaluation + "\"}}");
        return run;
    }

    /** Evaluated on different rows: each run has a table of its own, the hashes stand in the head, and no chart has both. */
    @Test
    void evaluationsOfDifferentRowsAreNotRanked() throws IOException {
        Path first = hashed(RunPages.run(folder, "first", 60, "done"), "beta: 0.1\n", "abcdefabcdefabcdef");
        Path second = hashed(RunPages.run(folder, "second", 60, "done"), "beta: 0.1\n", "0123456789abcdef");
        Path page = folder.resolve("comparison.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        String text = Files.readString(page);
        assertThat(text)
                .contains(
                        "The runs were evaluated on different rows",
                        "hash of eval data</th><td>abcdefabcdef</td><td>0123456789ab</td>");
        assertThat(text.split("After training", -1)).hasSize(3);
        assertThat(RunPages.charts(text))
                .allSatisfy(chart -> assertThat(chart.findValues("points")).noneMatch(points -> points.asBoolean()));
    }

    /** A run that was evaluated before training alone has no interval of what it became. */
    @Test
    void aRunWithoutAnEvaluationAfterTrainingHasNoInterval() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        Path second = RunPages.run(folder, "second", 60, "done");
        Files.writeString(
                second.resolve("metrics.jsonl"),
                "{\"step\":0,\"eval_loss\":0.69,\"eval_rewards/accuracies\":0.0}\n{\"step\":1,\"loss\":0.6}\n");
        Path page = folder.resolve("comparison.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        assertThat(Files.readString(page).replace('\u00a0', ' ')).doesNotContain("0.0 % to ");
    }

    /** Of several runs the page side by side alone is written; of one its own. */
    @Test
    void theCommandWritesAndNamesThem() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        Path second = RunPages.run(folder, "second", 40, "done");
        Files.writeString(second.resolve("report.html"), "as it was");
        Path page = folder.resolve("both.html");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", first.toString(), second.toString(), "--out", page.toString()))
                .isZero();
        assertThat(terminal.captureOutput()).isEqualTo("Side by side: " + page + "\n");
        assertThat(page).exists();
        assertThat(first.resolve("report.html")).doesNotExist();
        assertThat(second.resolve("report.html")).hasContent("as it was");
        assertThat(Align.run(terminal, "report", first.toString())).isZero();
        assertThat(terminal.captureOutput())
                .contains(first.resolve("report.html").toString());
        assertThat(first.resolve("report.html")).exists();
    }

    @Test
    void whatIsNoRunIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        assertThatThrownBy(() -> HtmlReport.write(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no run directory");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", first.toString(), folder.toString()))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("no config.yaml");
        assertThat(first.resolve("report.html")).doesNotExist();
        assertThat(Align.run(terminal, "report", first.toString(), "--out", "x.html"))
                .isEqualTo(2);
        Files.writeString(first.resolve("manifest.json"), "{");
        assertThatThrownBy(() -> HtmlReport.write(first)).hasMessageContaining("manifest.json can't be read");
    }

    @Test
    void aDamagedResultIsToldByWhatElseTheRunLeft() throws IOException {
        Path run = RunPages.run(folder, "damaged", 60, "done");
        Files.writeString(run.resolve("result.json"), "{");
        assertThat(RunPages.page(run)).contains("<span>running</span><span>60 steps");
        Files.createDirectory(run.resolve("adapter"));
        assertThat(RunPages.page(run)).contains("<span>done</span><span>60 steps");
        assertThat(run.resolve("result.json")).hasContent("{");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", run.toString())).isZero();
        assertThat(Files.readString(run.resolve("result.json"))).contains("\"done\"", "\"eval_loss\" : 0.64");
    }

    @Test
    void whatWasChangedOnTheWayIsTold() throws IOException {
        Path run = RunPages.run(folder, "changed", 60, "done");
        assertThat(RunPages.page(run)).doesNotContain("Changed on the way");
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"command\":\"dpo\",\"run_id\":\"abc\",\"options\":{\"weight-decay\":\"0.125\"},\"changes\":[{\"step\":31,"
                        + "\"time\":\"2026-01-15T12:00:00Z\",\"name\":\"learning-rate\",\"before\":\"1.0E-4\",\"after\":\"<b>\"}]}");
        assertThat(RunPages.page(run))
                .contains(
                        "Changed on the way",
                        "<th scope=\"row\">learning-rate</th><td>31</td><td>1.0E-4</td><td>&lt;b&gt;</td>",
                        "2026-01-15T12:00:00Z",
                        "from step 1 has other figures",
                        "run_id")
                .doesNotContain("0.125");
    }

    /** Long runs are thinned to 2,000 points by means: of 6,000 values 1 … 6,000 the first three have mean 2. */
    @Test
    void longRunsAreThinned() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= 6000; step++) {
            lines.append("{\"step\":" + step + ",\"loss\":" + step + "}\n");
        }
        Path run = RunPages.run(folder, "long", 1, "done");
        Files.writeString(run.resolve("metrics.jsonl"), lines);
        JsonNode line = RunPages.charts(RunPages.page(run)).get(0).get("lines").get(0);
        assertThat(line.get("values")).hasSize(2000);
        assertThat(line.get("steps").get(0).asInt()).isEqualTo(3);
        assertThat(line.get("values").get(0).asDouble()).isEqualTo(2);
    }
}
