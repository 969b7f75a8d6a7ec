package org.align4j.core.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Warning;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.RowsReport;
import org.align4j.core.report.Sample;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    private static final Pattern CHARTS = Pattern.compile("const CHARTS = (.*);\n");

    @TempDir
    Path folder;

    /**
     * Before training the chosen answer is likelier in 400 of 893 pairs (44.8 %), afterwards in 554 (62.0 %): 154 more, 17.2 points. The
     * standard error of that mean is √(0.172 · 0.828 / 893) = 1.3 points, so that the interval is about 14.8 to 19.7 points.
     */
    @Test
    void tellsTheVerdictOfADpoRun() throws IOException {
        String page = page(dpo("first", 60, "done"));
        assertThat(page)
                .contains(
                        "<h1 class=\"better\">Better: the chosen answer is likelier in 62.0 % of 893 held-out pairs, in 44.8 % before"
                                + " training (+17.2 points, 95 % interval +14.")
                .contains("Perplexity on general text rose by 2.0 %, which is fine.")
                .contains("<td>all ties</td>", "1 warning", "few-rows", "too long (107)")
                .contains("align dpo --config", "2e-5");
        List<String> titles = new ArrayList<>();
        charts(page).forEach(chart -> titles.add(chart.get("title").asText()));
        assertThat(titles)
                .containsExactly("Loss", "Pairs won", "Margin", "Gradient norm", "Perplexity on general text");
    }

    @Test
    void carriesEverythingItShows() throws IOException {
        String page = page(dpo("first", 60, "done"));
        assertThat(page).contains("default-src 'none'", "uPlot");
        assertThat(page).doesNotContain("src=\"", "href=\"http", "@import", "url(");
    }

    @Test
    void theBandIsTheWilsonInterval() throws IOException {
        JsonNode evaluation =
                charts(page(dpo("first", 60, "done"))).get(1).get("lines").get(1);
        assertThat(evaluation.get("label").asText()).isEqualTo("evaluation");
        assertThat(evaluation.get("steps").get(0).asInt()).isEqualTo(60);
        assertThat(evaluation.get("low").get(0).asDouble()).isBetween(0.587, 0.589);
        assertThat(evaluation.get("high").get(0).asDouble()).isBetween(0.651, 0.653);
    }

    /** Text of a row must neither become markup nor end the script. */
    @Test
    void escapesWhatRowsHold() throws IOException {
        Path run = dpo("first", 3, "done");
        String hostile = "</script><script>alert(1)</script> {{charts}} $1 <!-- \u2028";
        new ReportFiles(run).writeSamples(List.of(new Sample(0, hostile, hostile, hostile, hostile)));
        Files.writeString(run.resolve("config.yaml"), "model: \"" + hostile.replace("\u2028", "") + "\"\n");
        String page = page(run);
        assertThat(page)
                .doesNotContain("alert(1)</script>")
                .contains("&lt;/script&gt;&lt;script&gt;alert(1)", "{{charts}} $1");
        assertThat(page.split("<script>", -1)).hasSize(3);
        assertThat(page.split("</script>", -1)).hasSize(3);
        assertThat(HtmlReport.inScript("</script><!--\u2028")).isEqualTo("\\u003c/script>\\u003c!--\\u2028");
    }

    @Test
    void aRunThatWasStoppedEarly() throws IOException {
        Path run = folder.resolve("short");
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n");
        assertThat(page(run)).contains("The run is before its first step, or was killed there.", "charts need two");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"dpo\"}");
        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.6931}\n{\"step\":2,\"loss\":null}\n");
        Files.writeString(
                run.resolve("result.json"),
                "{\"status\":\"stopped\",\"step\":2,\"total_steps\":1000,\"reason\":\"SIGTERM\"}");
        assertThat(page(run))
                .contains("The run was stopped at step 2 of 1,000.", "SIGTERM.", "align resume short")
                .contains("No evaluation was done");
    }

    /** Without rows of an evaluation before and after, nothing is better: a falling training loss and a rising score decide nothing. */
    @Test
    void nothingIsPraisedWithoutTwoEvaluations() throws IOException {
        assertThat(verdict("{\"step\":9,\"eval_accuracy\":0.9}", "reward", 100))
                .contains("<h1 class=\"unclear\">Unclear: the evaluation before the first step wasn&#39;t kept");
        assertThat(verdict("{\"step\":1,\"loss\":3.5}\n{\"step\":2,\"loss\":2.5}", "sft", 100))
                .contains("Unclear: nothing was held out", "The training loss went from 3.000 to 3.000.");
        StringBuilder scores = new StringBuilder();
        for (int step = 1; step <= 20; step++) {
            scores.append("{\"step\":" + step + ",\"objective/scores\":" + 0.1 * step + "}\n");
        }
        assertThat(verdict(scores.toString(), "ppo", 0))
                .contains("unclear", "The mean score of the answers it was trained on went from 0.3000 to 1.800.");
    }

    @Test
    void severalRunsSideBySide() throws IOException {
        Path first = dpo("first", 60, "done");
        Path second = dpo("second", 40, "done");
        Files.writeString(second.resolve("config.yaml"), "model: tiny\nlearning-rate: 1.0e-4\n");
        Path page = folder.resolve("comparison.html");
        HtmlReport.compare(List.of(first, second), page);
        String text = Files.readString(page);
        assertThat(text).contains("2 runs side by side", "What was set differently", "learning-rate", "1e-4");
        assertThat(charts(text).get(0).get("lines")).hasSize(2);
        assertThat(charts(text).get(0).get("lines").get(1).get("label").asText())
                .isEqualTo("second");
    }

    @Test
    void theCommandWritesAndNamesThem() throws IOException {
        Path first = dpo("first", 60, "done");
        Path second = dpo("second", 40, "done");
        Path page = folder.resolve("both.html");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", first.toString(), second.toString(), "--out", page.toString()))
                .isZero();
        assertThat(terminal.captureOutput())
                .contains(first.resolve("report.html").toString(), "Side by side: " + page);
        assertThat(page).exists();
        assertThat(first.resolve("report.html")).exists();
    }

    @Test
    void whatIsNoRunIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path first = dpo("first", 60, "done");
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
        Path run = dpo("damaged", 60, "done");
        Files.writeString(run.resolve("result.json"), "{");
        assertThat(page(run)).contains("<span>running</span><span>60 steps");
        Files.createDirectory(run.resolve("adapter"));
        assertThat(page(run)).contains("<span>done</span><span>60 steps");
        assertThat(run.resolve("result.json")).hasContent("{");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "report", run.toString())).isZero();
        assertThat(Files.readString(run.resolve("result.json"))).contains("\"done\"", "\"eval_loss\" : 0.64");
    }

    @Test
    void whatWasChangedOnTheWayIsTold() throws IOException {
        Path run = dpo("changed", 60, "done");
        assertThat(page(run)).doesNotContain("Changed on the way");
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"command\":\"dpo\",\"run_id\":\"abc\",\"options\":{\"weight-decay\":\"0.125\"},\"changes\":[{\"step\":31,"
                        + "\"time\":\"2026-01-15T12:00:00Z\",\"name\":\"learning-rate\",\"before\":\"1.0E-4\",\"after\":\"<b>\"}]}");
        assertThat(page(run))
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
        Path run = dpo("long", 1, "done");
        Files.writeString(run.resolve("metrics.jsonl"), lines);
        JsonNode line = charts(page(run)).get(0).get("lines").get(0);
        assertThat(line.get("values")).hasSize(2000);
        assertThat(line.get("steps").get(0).asInt()).isEqualTo(3);
        assertThat(line.get("values").get(0).asDouble()).isEqualTo(2);
    }

    private String verdict(String lines, String command, int evaluationRows) throws IOException {
        Path run = dpo("verdict", 1, "done");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"" + command + "\"}");
        Files.delete(run.resolve("evaluation.json"));
        Files.writeString(run.resolve("metrics.jsonl"), lines + "\n");
        new ReportFiles(run)
                .writeRows(new RowsReport(
                        List.of(new RowsReport.RowSet(
                                "eval", List.of("e.jsonl"), evaluationRows, evaluationRows, Map.of())),
                        List.of()));
        String page = page(run);
        return page.substring(page.indexOf("<h1"), page.indexOf("</header>"));
    }

    private Path dpo(String name, int steps, String status) throws IOException {
        Path run = folder.resolve(name);
        Files.createDirectories(run);
        Files.writeString(run.resolve("config.yaml"), "model: tiny\nlearning-rate: 2.0e-5\nloss: [sigmoid]\n");
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"dpo\",\"seed\":42}");
        Files.writeString(
                run.resolve("result.json"),
                "{\"status\":\"" + status + "\",\"step\":" + steps + ",\"total_steps\":" + steps + "}");
        StringBuilder lines = new StringBuilder(
                "{\"step\":0,\"eval_loss\":0.6931,\"eval_rewards/accuracies\":0.0,\"eval_guard_perplexity\":10.0}\n");
        for (int step = 1; step <= steps; step++) {
            lines.append(
                    "{\"step\":%d,\"loss\":0.6,\"rewards/accuracies\":0.7,\"rewards/margins\":0.1,\"grad_norm\":2.5}\n"
                            .formatted(step));
        }
        lines.append(
                "{\"step\":%d,\"eval_loss\":0.64,\"eval_rewards/accuracies\":0.62,\"eval_guard_perplexity\":10.2}\n"
                        .formatted(steps));
        Files.writeString(run.resolve("metrics.jsonl"), lines);
        Files.writeString(
                run.resolve("evaluation.json"),
                "{\"first\":{\"step\":0,\"rows\":" + pairs(400) + "},\"last\":{\"step\":" + steps + ",\"rows\":"
                        + pairs(554) + "}}");
        ReportFiles files = new ReportFiles(run);
        files.writeWarnings(List.of(new Warning("few-rows", "There are only 3 rows.", "Collect more.")));
        files.writeRows(new RowsReport(
                List.of(new RowsReport.RowSet("eval", List.of("e.jsonl"), 1000, 893, Map.of("too long", 107L))),
                List.of()));
        return run;
    }

    /** 893 pairs of answers with ten tokens; in the first ones the chosen answer is likelier by 0.1 nats, in the others less likely. */
    private static String pairs(int likelier) {
        StringBuilder chosen = new StringBuilder();
        StringBuilder rejected = new StringBuilder();
        StringBuilder tokens = new StringBuilder();
        for (int i = 0; i < 893; i++) {
            String comma = i == 0 ? "" : ",";
            chosen.append(comma).append(i < likelier ? -20.0 : -20.1);
            rejected.append(comma).append(i < likelier ? -20.1 : -20.0);
            tokens.append(comma).append(10);
        }
        return "{\"kind\":\"pairs\",\"chosen\":[" + chosen + "],\"rejected\":[" + rejected + "],\"chosen_tokens\":["
                + tokens + "]}";
    }

    /** What a caption says is true of the method. */
    @Test
    void captionsAreTrueOfTheMethod() throws IOException {
        String reward = "{\"step\":1,\"loss\":0.7,\"mean_reward\":0.1,\"margin\":0.1}\n"
                + "{\"step\":2,\"loss\":0.6,\"mean_reward\":0.2,\"margin\":0.2}";
        assertThat(notes(reward, "reward", ""))
                .contains("Scores: Scores of the answers; only differences between them mean something.")
                .noneMatch(note -> note.contains("log-ratio"));
        String ppo = "{\"step\":1,\"loss\":0.1,\"objective/kl\":0}\n{\"step\":2,\"loss\":0.2,\"objective/kl\":1}";
        assertThat(notes(ppo, "ppo", ""))
                .anyMatch(note -> note.startsWith("Loss: Policy loss and weighted value loss. It needn't fall"))
                .anyMatch(note -> note.contains("k1"))
                .noneMatch(note -> note.contains("overfitting"));
        String pairs = "{\"step\":1,\"loss\":0.7,\"rewards/chosen\":-1,\"kl\":0}\n"
                + "{\"step\":2,\"loss\":0.6,\"rewards/chosen\":-1,\"kl\":0.1}";
        assertThat(notes(pairs, "dpo", "loss: [simpo]\nreference: none\n"))
                .anyMatch(note -> note.contains("There is no reference"))
                .noneMatch(note -> note.contains("to the reference."));
        assertThat(notes(pairs, "dpo", "loss: [kto]\nreference: base\n"))
                .anyMatch(note -> note.startsWith("KTO's z: ") && note.contains("no divergence"));
        assertThat(notes(pairs, "dpo", "loss: [dpop]\nreference: base\n"))
                .anyMatch(note -> note.startsWith("Loss: ") && note.contains("that isn't overfitting"));
        assertThat(notes(pairs, "dpo", "loss: [sigmoid]\nreference: base\n"))
                .anyMatch(note ->
                        note.equals("Loss: Down is better; evaluation rising while training falls is overfitting."));
    }

    private List<String> notes(String lines, String command, String config) throws IOException {
        Path run = dpo("captions", 2, "done");
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n" + config);
        Files.writeString(run.resolve("manifest.json"), "{\"command\":\"" + command + "\"}");
        Files.delete(run.resolve("evaluation.json"));
        Files.writeString(run.resolve("metrics.jsonl"), lines + "\n");
        List<String> notes = new ArrayList<>();
        charts(page(run))
                .forEach(chart -> notes.add(
                        chart.get("title").asText() + ": " + chart.get("note").asText()));
        return notes;
    }

    private static String page(Path run) throws IOException {
        return Files.readString(HtmlReport.write(run)).replace('\u00a0', ' ');
    }

    private static JsonNode charts(String page) throws IOException {
        Matcher matcher = CHARTS.matcher(page);
        assertThat(matcher.find()).isTrue();
        return new ObjectMapper().readTree(matcher.group(1));
    }
}
